package io.streamviews.projection.generation;

import static io.streamviews.postgres.Sql.run;
import static io.streamviews.postgres.Sql.texts;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.KeySql;
import io.streamviews.projection.TombstoneSql;
import io.streamviews.projection.generation.BuildSteps.Processes;
import io.streamviews.projection.generation.DerivedFills.Fill;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The tables of a generation that is being filled. First, events are only added: base tables have no key, no index and no
 * trigger, and hold every version of a row. Then they are folded to one row per key, get their keys, and are kept by
 * upserts; at the end come the other indexes and the derived views, each of what is there.
 *
 * <p>Each step is one transaction: done and noted as done, or not done. It is done while its owner has the generation, and so not
 * at all by one who has lost it meanwhile: to prepare a generation that somebody else has finished would undo it. Derived views
 * alone are filled anew by whoever goes on. The triggers by which derived views follow each other are off until all of that is done.
 */
final class BuildTables {

    private static final String APPENDED = "SELECT of_table FROM %1$s.deferred_index WHERE step = 1";

    private static final String DELETE_VOID =
            """
            DELETE FROM %1$s v USING %2$s.tombstone t
            WHERE t.base_view = %3$s AND %4$s AND
            """
                    + TombstoneSql.isVoid("v", "t");

    /**
     * Makes a table's key if each of its rows is the only one of its key, as in most that come from a compacted topic.
     * PostgreSQL finds one that is not while it sorts. An error that is caught is logged by parallel workers alone: there are none.
     */
    private static final String MAKE_KEY =
            """
            DO $streamviews$
            DECLARE
                own record;
            BEGIN
                PERFORM set_config('max_parallel_maintenance_workers', '0', true);
                FOR own IN DELETE FROM %1$s RETURNING make LOOP
                    EXECUTE own.make;
                END LOOP;
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END $streamviews$
            """;

    /** A table of their places needs no memory, however many there are. */
    private static final String FIND_OLDER =
            """
            CREATE UNLOGGED TABLE %3$s AS
            SELECT place
            FROM (SELECT ctid AS place, row_number() OVER (PARTITION BY %2$s
                                                           ORDER BY version DESC, source_offset DESC, ctid DESC) AS rank
                  FROM %1$s) AS v
            WHERE rank > 1
            """;

    private static final String DELETE_OLDER = "DELETE FROM %1$s v USING %2$s o WHERE v.ctid = o.place";

    /** Writes the table anew, without the space of what has been deleted. */
    private static final String SHRINK = "ALTER TABLE %1$s SET UNLOGGED; ALTER TABLE %1$s SET LOGGED";

    /**
     * What is erased in the live generation does not come into this one, not even until its deletion is read: of no base view of the
     * same topic that has rows of that key. Rows of another topic that have it are others'. An erasure may have found this generation
     * already.
     */
    private static final String INHERIT_ERASURES =
            """
            INSERT INTO %1$s.tombstone (base_view, key, erased_before, version, source_offset)
            SELECT t.base_view, t.key, t.erased_before, t.version, t.source_offset
            FROM %2$s.tombstone t
            WHERE (t.base_view, t.key) IN (SELECT v.name, e.row_key
                                           FROM public.erased_row e JOIN unnest(%3$s, %4$s) AS v(name, topic) USING (topic))
            ON CONFLICT DO NOTHING
            """;

    /** Tables that have been analysed before an index that computes something was there: of that there are no statistics. */
    private static final String STALE =
            """
            SELECT DISTINCT c.oid::regclass::text
            FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN %1$s.view_source v ON v.view = c.relname
            WHERE c.relnamespace = '%1$s'::regnamespace AND x.indexprs IS NOT NULL
            """;

    /** Changes with an erasure that takes a row, which leaves or raises one; else with nothing but what is filled. */
    static final String TOMBSTONES =
            "SELECT concat(count(*), ' ', sum(hashtextextended(t::text, 0))) FROM %1$s.tombstone t";

    private static final String IS_FINISHED = "SELECT to_regclass('%1$s.deferred_index') IS NULL";

    /** Those on a derived view's tables by which other ones follow it: each is filled from base views. */
    private static final String TRIGGERS =
            """
            SELECT DISTINCT format('ALTER TABLE %%s %2$s TRIGGER %%I', c.oid::regclass, t.tgname)
            FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            LEFT JOIN %1$s.derived_tables() k ON k.relation = c.oid
            LEFT JOIN %1$s.derived_functions() f ON f.function = t.tgfoid
            WHERE c.relnamespace = '%1$s'::regnamespace AND NOT t.tgisinternal
              AND c.relname NOT IN (SELECT view FROM %1$s.view_source)
              AND (t.tgname ~ '^(derived|refill)_\\d{3,}_' OR f.view <> k.view)
            """;

    private final String schema;
    private final List<BaseView> views;
    private final List<String> baseTables;

    BuildTables(String schema, List<BaseView> views) {
        this.schema = schema;
        this.views = views;
        this.baseTables = views.stream().map(this::table).toList();
    }

    private String table(BaseView view) {
        return table(schema, view);
    }

    private static String table(String schema, BaseView view) {
        return schema + "." + Identifiers.quoted(view.table());
    }

    /** Deletes a view's rows that are older than their tombstones. */
    static String deleteVoid(String schema, BaseView view) {
        return DELETE_VOID.formatted(
                table(schema, view), schema, Identifiers.literal(view.table()), KeySql.matches(view, "v", "t.key"));
    }

    Uni<Void> prepare(SqlConnection connection, String live) {
        return BuildSteps.inTransaction(connection, schema, Processes.SEVERAL, () -> run(
                        connection, each(baseTables, "ALTER TABLE %s DISABLE TRIGGER USER"))
                .chain(() -> texts(connection, TRIGGERS.formatted(schema, "DISABLE")))
                .flatMap(changes -> run(connection, changes))
                .chain(() -> run(connection, DeferredIndexes.of(schema, baseTables)))
                .chain(() -> texts(connection, "SELECT undo FROM %s.deferred_index".formatted(schema)))
                .flatMap(changes -> run(connection, changes))
                .chain(() -> run(
                        connection,
                        List.of(
                                GenerationPositions.inheritPlaces(schema, live, array(BaseView::topic)),
                                INHERIT_ERASURES.formatted(
                                        schema, live, array(BaseView::table), array(BaseView::topic))))));
    }

    private String array(Function<BaseView, String> what) {
        return Identifiers.array(views.stream().map(what));
    }

    Uni<Boolean> isFinished(SqlConnection connection) {
        return Sql.one(connection, IS_FINISHED.formatted(schema), row -> row.getBoolean(0));
    }

    /** The tables that have no key yet. */
    Uni<Set<String>> appended(SqlConnection connection) {
        return isFinished(connection)
                .flatMap(finished -> finished
                        ? Uni.createFrom().item(Set.<String>of())
                        : texts(connection, APPENDED.formatted(schema)).<Set<String>>map(TreeSet::new));
    }

    /** Leaves the newest row of each key, and gives the tables their keys. Writers of the generation must have ended. */
    void fold(BuildSteps steps, Set<String> appended) {
        steps.atOnce(views.stream()
                .filter(view -> appended.contains(view.table()))
                .map(view -> (Function<SqlConnection, Uni<Void>>) connection -> fold(connection, view))
                .toList());
    }

    private Uni<Void> fold(SqlConnection connection, BaseView view) {
        String table = table(view);
        String name = Identifiers.literal(view.table());
        String own = "%s.deferred_index WHERE step = 1 AND of_table = %s".formatted(schema, name);
        return change(connection, deleteVoid(schema, view))
                .flatMap(gone -> shrink(connection, table, gone))
                .chain(() -> run(connection, MAKE_KEY.formatted(own)))
                .chain(() -> texts(connection, "SELECT make FROM " + own))
                .flatMap(missing -> missing.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : leaveNewest(connection, view)
                                .chain(() -> run(connection, missing))
                                .chain(() -> run(connection, "DELETE FROM " + own)))
                .chain(() -> run(connection, "ANALYZE " + table));
    }

    private Uni<Void> leaveNewest(SqlConnection connection, BaseView view) {
        String table = table(view);
        // each its own: who makes a table of the same name waits for the other transaction to end
        String olderRows = "%s.older_row_%d".formatted(schema, views.indexOf(view));
        return run(connection, List.of(FIND_OLDER.formatted(table, KeySql.columns(view), olderRows)))
                .chain(() -> change(connection, DELETE_OLDER.formatted(table, olderRows)))
                .flatMap(older -> shrink(connection, table, older))
                .chain(() -> run(connection, "DROP TABLE " + olderRows));
    }

    private Uni<Void> shrink(SqlConnection connection, String table, long deleted) {
        return deleted == 0
                ? Uni.createFrom().voidItem()
                : Sql.one(connection, "SELECT count(*) FROM " + table, row -> row.getLong(0))
                        .flatMap(all -> deleted > all / 4
                                ? run(connection, SHRINK.formatted(table))
                                : Uni.createFrom().voidItem());
    }

    /**
     * The tables have been folded. Writers of the generation must have ended; rows may still be erased: that waits, or is waited for,
     * where the triggers of base tables are put on, and what has been erased before is taken out of derived views.
     */
    void finish(BuildSteps steps, SqlConnection own) {
        List<String> tombstones =
                texts(own, TOMBSTONES.formatted(schema)).await().indefinitely();
        List<List<Fill>> stages = DerivedFills.inStages(own, schema).await().indefinitely();
        List<Function<SqlConnection, Uni<Void>>> next = new ArrayList<>(makeIndexes(own, 2));
        for (List<Fill> stage : stages) {
            stage.forEach(fill -> next.add(fill::in));
            steps.atOnce(next);
            next.clear();
        }
        next.addAll(makeIndexes(own, 3));
        steps.atOnce(next);
        BuildSteps.inTransaction(own, schema, Processes.SEVERAL, () -> texts(own, STALE.formatted(schema))
                        .flatMap(tables -> run(own, each(tables, "ANALYZE %s")))
                        .chain(() -> run(own, each(baseTables, "ALTER TABLE %s ENABLE TRIGGER USER")))
                        .chain(() -> texts(own, TOMBSTONES.formatted(schema)))
                        .flatMap(
                                now -> now.equals(tombstones) ? Uni.createFrom().voidItem() : inOrder(own, stages))
                        .chain(() -> texts(own, TRIGGERS.formatted(schema, "ENABLE")))
                        .flatMap(changes -> run(own, changes))
                        .chain(() -> run(own, List.of("DROP TABLE %s.deferred_index".formatted(schema)))))
                .await()
                .indefinitely();
    }

    private static Uni<Void> inOrder(SqlConnection connection, List<List<Fill>> stages) {
        Uni<Void> all = Uni.createFrom().voidItem();
        for (Fill fill : stages.stream().flatMap(List::stream).toList()) {
            all = all.chain(() -> fill.in(connection));
        }
        return all;
    }

    /** Each is noted as made in the transaction that makes it. */
    private List<Function<SqlConnection, Uni<Void>>> makeIndexes(SqlConnection own, int step) {
        return texts(own, "SELECT make FROM %s.deferred_index WHERE step = %d".formatted(schema, step))
                .await()
                .indefinitely()
                .stream()
                .map(make -> (Function<SqlConnection, Uni<Void>>) connection -> run(
                        connection,
                        List.of(
                                make,
                                "DELETE FROM %s.deferred_index WHERE make = %s"
                                        .formatted(schema, Identifiers.literal(make)))))
                .toList();
    }

    private static Uni<Long> change(SqlConnection connection, String statement) {
        return connection.query(statement).execute().map(rows -> (long) rows.rowCount());
    }

    private static List<String> each(List<String> tables, String statement) {
        List<String> statements = new ArrayList<>();
        tables.forEach(table -> statements.add(statement.formatted(table)));
        return statements;
    }
}
