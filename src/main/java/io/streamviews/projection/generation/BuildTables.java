package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Patience;
import io.streamviews.projection.Suspensions;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The tables of a generation that is being filled: unlogged, with no index but the primary keys, their triggers off. All
 * that is filled is unlogged alike, the positions too, so a crash of PostgreSQL empties it alike, and filling begins anew.
 * Each step is one transaction: done or not done. It is done on the connection of who has the generation to itself, and so
 * not at all by one who has lost it meanwhile: to prepare a generation that somebody else has finished would undo it.
 */
final class BuildTables {

    private static final List<String> ENGINE_TABLES =
            List.of("projection_position", "projection_gap", "dead_letter", "tombstone");

    /** The indexes to be made at the end; the table is there while the generation is not finished. */
    private static final String DEFER_INDEXES =
            """
            CREATE TABLE %1$s.deferred_index AS
            SELECT x.indexrelid::regclass::text AS name, pg_get_indexdef(x.indexrelid) AS definition
            FROM pg_index x
            WHERE x.indrelid = ANY (ARRAY[%2$s]::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid)
            """;

    /** Takes over each partition's {@code base}, so that its places continue those of the live generation. */
    private static final String INHERIT_PLACES =
            """
            INSERT INTO %1$s.projection_position (topic, partition, next_offset, seen_offset, epoch, owner, base)
            SELECT topic, partition, 0, 0, 0, 'nobody', base FROM %2$s.projection_position WHERE base <> 0
            """;

    /**
     * What is erased in the live generation does not come into this one, not even until its deletion is read. An erasure may
     * have found this generation already.
     */
    private static final String INHERIT_ERASURES =
            """
            INSERT INTO %1$s.tombstone (base_view, key, erased_before, version, source_offset)
            SELECT t.base_view, t.key, t.erased_before, t.version, t.source_offset
            FROM %2$s.tombstone t
            JOIN public.erased_row e ON e.base_view = t.base_view AND e.row_key = t.key
            ON CONFLICT DO NOTHING
            """;

    private static final String DEFERRED = "SELECT name, definition FROM %1$s.deferred_index";
    private static final String IS_FINISHED = "SELECT to_regclass('%1$s.deferred_index') IS NULL";
    private static final String DERIVED =
            "SELECT name, format('CALL %%I.%%I()', '%1$s', name || '_fill') FROM %1$s.derived_view ORDER BY ordinal";

    private final String schema;
    private final List<String> baseTables;
    private final List<String> filled;

    BuildTables(String schema, List<BaseView> views) {
        this.schema = schema;
        this.baseTables = views.stream()
                .map(view -> schema + "." + Identifiers.quoted(view.table()))
                .toList();
        this.filled = Stream.concat(baseTables.stream(), ENGINE_TABLES.stream().map(table -> schema + "." + table))
                .toList();
    }

    Uni<Void> prepare(SqlConnection connection, String live) {
        return inTransaction(connection, () -> run(connection, each(filled, "ALTER TABLE %s SET UNLOGGED"))
                .chain(() -> run(connection, each(baseTables, "ALTER TABLE %s DISABLE TRIGGER USER")))
                .chain(() -> run(connection, List.of(DEFER_INDEXES.formatted(schema, quoted(baseTables)))))
                .chain(() -> list(connection, DEFERRED.formatted(schema), 0))
                .flatMap(names -> run(connection, each(names, "DROP INDEX %s")))
                .chain(() -> run(
                        connection,
                        List.of(INHERIT_PLACES.formatted(schema, live), INHERIT_ERASURES.formatted(schema, live)))));
    }

    Uni<Boolean> isFinished(SqlConnection connection) {
        return connection.query(IS_FINISHED.formatted(schema)).execute().map(rows -> rows.iterator()
                .next()
                .getBoolean(0));
    }

    /** Writers of the generation must have ended. */
    Uni<Void> finish(SqlConnection connection) {
        return inTransaction(connection, () -> run(connection, each(filled, "ALTER TABLE %s SET LOGGED"))
                .chain(() -> list(connection, DEFERRED.formatted(schema), 1))
                .flatMap(definitions -> run(connection, definitions))
                .chain(() -> run(connection, each(baseTables, "ANALYZE %s")))
                .chain(() -> fillDerivedViews(connection))
                .chain(() -> run(connection, each(baseTables, "ALTER TABLE %s ENABLE TRIGGER USER")))
                .chain(() -> run(connection, List.of("DROP TABLE %s.deferred_index".formatted(schema)))));
    }

    private Uni<Void> fillDerivedViews(SqlConnection connection) {
        return connection.query(DERIVED.formatted(schema)).execute().flatMap(views -> {
            Uni<Void> all = Uni.createFrom().voidItem();
            for (Row view : views) {
                all = all.chain(() -> run(connection, List.of(view.getString(1)))
                        .onFailure(Suspensions::isLasting)
                        .transform(failure -> RefusedGenerationException.of(
                                List.of(view.getString(0) + ": " + ((PgException) failure).getErrorMessage()),
                                "A derived view cannot be filled")));
            }
            return all;
        });
    }

    private Uni<Void> inTransaction(SqlConnection connection, Supplier<Uni<Void>> work) {
        Patience.whileAtWork(connection);
        return run(
                        connection,
                        List.of(
                                "BEGIN",
                                "SET LOCAL statement_timeout = 0",
                                "SET LOCAL lock_timeout = 0",
                                "SET LOCAL search_path = %s".formatted(schema)))
                .chain(work::get)
                .chain(() -> run(connection, List.of("COMMIT")))
                .onFailure()
                .call(() -> run(connection, List.of("ROLLBACK")).onFailure().recoverWithNull());
    }

    private static Uni<Void> run(SqlConnection connection, List<String> statements) {
        Uni<Void> all = Uni.createFrom().voidItem();
        for (String statement : statements) {
            all = all.chain(() -> connection.query(statement).execute().replaceWithVoid());
        }
        return all;
    }

    private static Uni<List<String>> list(SqlConnection connection, String query, int column) {
        return connection.query(query).execute().map(rows -> StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.getString(column))
                .toList());
    }

    private static List<String> each(List<String> tables, String statement) {
        List<String> statements = new ArrayList<>();
        tables.forEach(table -> statements.add(statement.formatted(table)));
        return statements;
    }

    private static String quoted(List<String> names) {
        return String.join(", ", names.stream().map(Identifiers::literal).toList());
    }
}
