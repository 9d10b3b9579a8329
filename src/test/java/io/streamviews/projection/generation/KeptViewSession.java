package io.streamviews.projection.generation;

import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;

/** A session of a task, or of a person, in which {@code %s} is a test's schema; does not wait long for a lock. */
final class KeptViewSession implements AutoCloseable {

    private final SqlConnection connection;
    private final String schema;

    /** @param partition the task's, or -1 for a person */
    KeptViewSession(Pool pool, String schema, int partition) {
        this.connection = pool.getConnectionAndAwait();
        this.schema = schema;
        run("SET lock_timeout = '500ms'");
        if (partition >= 0) {
            run("SET streamviews.partition = '" + partition + "'");
        }
    }

    void run(String sql) {
        connection.query(sql.replace("%s", schema)).executeAndAwait();
    }

    @Override
    public void close() {
        try {
            run("ROLLBACK");
        } catch (PgException already) {
            // there is none
        }
        run("RESET ALL");
        connection.closeAndAwait();
    }
}
