package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.PositionSql;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The schemas that hold generations, and what it takes to exchange them. A batch of the live projection locks the
 * positions' table before it writes anything, so who holds that table in EXCLUSIVE mode knows that each batch is either in
 * the live generation as a whole, or will look the schema up by its name after the exchange.
 */
public final class Generations {

    public static final String NEXT = "views_next";
    public static final String PREVIOUS = "views_previous";

    private static final String SEEN =
            "SELECT topic, partition, seen FROM %s AS p".formatted(PositionSql.relation(Views.LIVE));

    private static final String NEW_DEAD_LETTERS =
            """
            SELECT format('%%s-%%s, offset %%s: %%s', n.topic, n.partition, n."offset", left(n.error, 200))
            FROM %1$s.dead_letter n
            JOIN %2$s AS p ON p.topic = n.topic AND p.partition = n.partition
            WHERE n."offset" < p.seen
              AND NOT EXISTS (SELECT FROM views.dead_letter l
                              WHERE (l.topic, l.partition, l."offset") = (n.topic, n.partition, n."offset")
                                AND l.event_at IS NOT DISTINCT FROM n.event_at)
              AND NOT EXISTS (SELECT FROM public.discarded_letter d
                              WHERE (d.topic, d.partition, d."offset") = (n.topic, n.partition, n."offset")
                                AND d.event_at IS NOT DISTINCT FROM n.event_at)
            ORDER BY n.topic, n.partition, n."offset"
            LIMIT 5
            """;

    private static final String SUSPENDED =
            "SELECT format('%%s: %%s', name, error) FROM %1$s.derived_view WHERE suspended_at IS NOT NULL ORDER BY ordinal";

    private static final String REPLACE =
            """
            WITH again AS (DELETE FROM public.former_views WHERE fingerprint = $2)
            INSERT INTO public.former_views (fingerprint) VALUES ($1)
            ON CONFLICT (fingerprint) DO UPDATE SET replaced_at = now()
            """;
    private static final String SWAP =
            """
            ALTER SCHEMA views RENAME TO views_previous;
            ALTER SCHEMA views_next RENAME TO views;
            """;

    private static final String SWAP_BACK =
            """
            ALTER SCHEMA views RENAME TO views_rolled_back;
            ALTER SCHEMA views_previous RENAME TO views;
            ALTER SCHEMA views_rolled_back RENAME TO views_previous;
            """;

    private static final String IS_MADE_OF_FILES =
            """
            SELECT relname FROM pg_class
            WHERE oid = to_regclass('%1$s.view_source')
              AND NOT EXISTS (SELECT FROM pg_attribute
                              WHERE attrelid = to_regclass('%1$s.deferred_index') AND attname = 'definition')
            """;

    private Generations() {}

    /** With the next one goes what was noted for it: an attempt that broke off may have left people's rows there. */
    public static Uni<Void> drop(SqlClient client, String schema) {
        String notes = schema.equals(NEXT) ? ", " + RemovedRows.SCHEMA : "";
        return Sql.run(client, "DROP SCHEMA IF EXISTS %s%s CASCADE".formatted(schema, notes));
    }

    public static Uni<Boolean> exists(SqlClient client, String schema) {
        return Sql.texts(client, "SELECT nspname FROM pg_namespace WHERE nspname = '%s'".formatted(schema))
                .map(found -> !found.isEmpty());
    }

    /** Whether it says itself what it is kept from, and what it lacks; those that old releases have made or begun do not. */
    public static Uni<Boolean> isMadeOfFiles(SqlClient client, String schema) {
        return Sql.texts(client, IS_MADE_OF_FILES.formatted(schema)).map(found -> !found.isEmpty());
    }

    /** The same, in the connection's transaction. Blocks. */
    static boolean isMadeOfFiles(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(IS_MADE_OF_FILES.formatted(schema))) {
            return rows.next();
        }
    }

    public static Uni<Void> holdBatches(SqlClient client, long patienceMs) {
        return Sql.run(client, PositionSql.Lock.WITHOUT_BATCHES.of(Views.LIVE, Duration.ofMillis(patienceMs)));
    }

    public static Uni<Map<TopicPartition, Long>> seen(SqlClient client) {
        return client.query(SEEN).execute().map(rows -> {
            Map<TopicPartition, Long> seen = new HashMap<>();
            rows.forEach(row -> seen.put(new TopicPartition(row.getString(0), row.getInteger(1)), row.getLong(2)));
            return seen;
        });
    }

    /** Events that could be applied in the live generation and cannot in the next one; the first five. */
    public static Uni<List<String>> newDeadLetters(SqlClient client) {
        return Sql.texts(client, NEW_DEAD_LETTERS.formatted(NEXT, PositionSql.relation(Views.LIVE)));
    }

    /** Derived views of the next generation that have failed since they were filled, each with its error. */
    public static Uni<List<String>> suspended(SqlClient client) {
        return Sql.texts(client, SUSPENDED.formatted(NEXT));
    }

    /** Whether the next generation has everything that readers of the live one may have seen. */
    public static Uni<Boolean> isLevel(SqlClient client) {
        return is(client, GenerationPositions.isLevel(NEXT, Views.LIVE));
    }

    /** Whether both have read each partition up to one place, and nothing after it. */
    public static Uni<Boolean> areAtOnePlace(SqlClient client) {
        return is(client, GenerationPositions.areAtOnePlace(NEXT, Views.LIVE));
    }

    public static Uni<List<String>> ofOtherLogs(SqlClient client) {
        return Sql.texts(client, GenerationPositions.ofOtherLogs(NEXT, Views.LIVE));
    }

    /**
     * Notes that the live generation's files are former ones once another generation has taken its place, if that is made of
     * others. To be said in the transaction of the exchange, before it.
     *
     * @return whether it is
     */
    public static Uni<Boolean> replace(SqlClient client, String other) {
        return GenerationFiles.fingerprint(client, Views.LIVE)
                .flatMap(live -> GenerationFiles.fingerprint(client, other)
                        .flatMap(next -> next.equals(live)
                                ? Uni.createFrom().item(false)
                                : client.preparedQuery(REPLACE)
                                        .execute(Tuple.of(live, next))
                                        .replaceWith(true)));
    }

    /**
     * Has the live tasks take their partitions over again after the exchange: the next generation declares other views than
     * they write.
     */
    public static Uni<Void> fence(SqlClient client) {
        return Sql.run(client, PositionSql.fence(Views.LIVE, "exchange"));
    }

    public static Uni<Void> swap(SqlClient client) {
        return Sql.run(client, GenerationPositions.handOver(Views.LIVE, NEXT) + SWAP);
    }

    /** Has the places of topics' partitions that the next generation does not know yet continue those of the live one. */
    public static Uni<Void> inheritPlaces(SqlClient client, Collection<String> topics) {
        return Sql.run(client, GenerationPositions.inheritPlaces(NEXT, Views.LIVE, Identifiers.array(topics.stream())));
    }

    public static Uni<Void> rollBack(SqlClient client) {
        return Sql.run(client, GenerationPositions.handBack(Views.LIVE, PREVIOUS) + SWAP_BACK);
    }

    private static Uni<Boolean> is(SqlClient client, String query) {
        return Sql.one(client, query, row -> row.getBoolean(0));
    }
}
