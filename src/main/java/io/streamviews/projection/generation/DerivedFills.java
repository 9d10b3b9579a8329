package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.Suspensions;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The fills of a generation's derived views, in stages: those of one are done at once, after those of the views that they are
 * derived from (see {@code derivations} of the engine). One of which PostgreSQL does not know what it does is alone in its stage, after
 * those before it and before those after it.
 */
final class DerivedFills {

    /**
     * What a fill calls is followed by what PostgreSQL notes of functions and views; it knows nothing of a function whose text it
     * reads when it is run. Nor is it known what such a trigger does that is nobody's, on a table that the fill writes.
     */
    private static final String FILLS =
            """
            WITH RECURSIVE fill AS (
                SELECT d.name, d.ordinal, p.oid
                FROM %1$s.derived_view d
                LEFT JOIN pg_proc p ON p.proname = d.name || '_fill' AND p.pronamespace = '%1$s'::regnamespace
                    AND p.prokind = 'p' AND p.pronargs = 0
            ), used(name, class, object) AS (
                SELECT name, 'pg_proc'::regclass::oid, oid FROM fill
                UNION
                SELECT k.view, 'pg_proc'::regclass, t.tgfoid
                FROM %1$s.derived_tables() k JOIN pg_trigger t ON t.tgrelid = k.relation
                WHERE NOT t.tgisinternal AND t.tgname !~ '^(refill|turn)_\\d{3,}_'
                  AND t.tgfoid NOT IN (SELECT function FROM %1$s.derived_functions())
                UNION
                SELECT name, refclassid, refobjid
                FROM used u
                CROSS JOIN LATERAL (SELECT u.class, u.object WHERE u.class = 'pg_proc'::regclass
                                    UNION ALL
                                    SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite
                                    WHERE u.class = 'pg_class'::regclass AND ev_class = u.object) AS by(classid, objid)
                JOIN pg_depend USING (classid, objid)
                WHERE refclassid IN ('pg_proc'::regclass, 'pg_class'::regclass)
            ), derivation AS MATERIALIZED (
                SELECT * FROM %1$s.derivations()
            )
            SELECT f.name, format('CALL %%I.%%I()', '%1$s', f.name || '_fill') AS call,
                   NOT EXISTS (SELECT FROM used u JOIN pg_proc p ON p.oid = u.object JOIN pg_language l ON l.oid = p.prolang
                               WHERE u.name = f.name AND u.class = 'pg_proc'::regclass AND p.prosqlbody IS NULL
                                 AND l.lanname NOT IN ('internal', 'c')) AS is_known,
                   ARRAY(SELECT base FROM derivation WHERE view = f.name) AS bases
            FROM fill f
            ORDER BY f.ordinal
            """;

    private DerivedFills() {}

    /** Fails with the view's name and the reason if it cannot be filled. */
    record Fill(String view, String call) {

        Uni<Void> in(SqlConnection connection) {
            return Sql.run(connection, call)
                    .onFailure(Suspensions::isLasting)
                    .transform(failure -> RefusedGenerationException.of(
                            List.of(view + ": " + ((PgException) failure).getErrorMessage()),
                            "A derived view cannot be filled"));
        }
    }

    /** Each stage is to be done when the one before has ended. */
    static Uni<List<List<Fill>>> inStages(SqlClient client, String schema) {
        return client.query(FILLS.formatted(schema)).execute().map(DerivedFills::stages);
    }

    private static List<List<Fill>> stages(RowSet<Row> views) {
        List<List<Fill>> stages = new ArrayList<>();
        List<Row> left = new ArrayList<>();
        views.forEach(left::add);
        while (!left.isEmpty()) {
            List<String> waiting =
                    left.stream().map(view -> view.getString("name")).toList();
            List<Row> stage = left.stream()
                    .takeWhile(DerivedFills::isKnown)
                    .filter(view -> Collections.disjoint(waiting, List.of(view.getArrayOfStrings("bases"))))
                    .toList();
            if (stage.isEmpty()) {
                // one of which nothing is known; or, where all wait for each other, the first one
                stage = List.of(
                        left.stream().filter(view -> !isKnown(view)).findFirst().orElse(left.get(0)));
            }
            stages.add(stage.stream()
                    .map(view -> new Fill(view.getString("name"), view.getString("call")))
                    .toList());
            left.removeAll(stage);
        }
        return stages;
    }

    private static boolean isKnown(Row view) {
        return view.getBoolean("is_known");
    }
}
