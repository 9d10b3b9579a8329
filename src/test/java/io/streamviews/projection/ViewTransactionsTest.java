package io.streamviews.projection;

import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of transactions whose outcome nobody waits for any more. */
class ViewTransactionsTest {

    private static final Map<String, String> SERVERS =
            EmbeddedServersResource.servers().getConfiguration();

    private final String schema = "transactions_" + ProcessHandle.current().pid();
    private final ViewTables tables = new ViewTables(
            SERVERS.get("quarkus.datasource.reactive.url"), SERVERS.get("quarkus.datasource.username"), schema);
    private final ViewTransactions transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));

    @BeforeEach
    void make() {
        tables.query("CREATE SCHEMA %s CREATE TABLE done (what text)");
    }

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA %s CASCADE");
        tables.close();
    }

    @Test
    void theyGoOnToTheirEndsAndNobodyElseIsGivenTheirConnections() {
        SqlConnection other = tables.pool.getConnectionAndAwait();
        other.query("BEGIN; LOCK TABLE %s.done".formatted(schema)).executeAndAwait();
        Cancellable work = transactions
                .run(connection -> connection
                        .query("INSERT INTO %s.done VALUES ('half')".formatted(schema))
                        .execute()
                        .chain(() -> connection
                                .query("INSERT INTO %s.done VALUES ('all')".formatted(schema))
                                .execute()))
                .subscribe()
                .with(done -> {});
        await().until(() ->
                tables.count("SELECT count(*) FROM pg_locks WHERE relation = '%s.done'::regclass AND NOT granted")
                        == 1);

        work.cancel();
        other.query("COMMIT").executeAndAwait();
        other.closeAndAwait();

        await().until(() -> tables.count("SELECT count(*) FROM %s.done") == 2);
    }
}
