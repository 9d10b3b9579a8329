package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.Suspensions;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The fills of a generation's derived views, in stages: those of one are done at once, after those of the views that they are
 * derived from. Where PostgreSQL does not know what a fill does (see {@code derived_tables} of the engine) it is alone in its stage.
 */
final class DerivedFills {

    private static final String FILLS =
            """
            WITH derivation AS MATERIALIZED (SELECT * FROM %1$s.derivations())
            SELECT d.name, format('CALL %%I.%%I()', '%1$s', d.name || '_fill') AS call, p.prosqlbody IS NOT NULL AS is_known,
                   ARRAY(SELECT base FROM derivation WHERE view = d.name) AS bases
            FROM %1$s.derived_view d
            LEFT JOIN pg_proc p ON p.proname = d.name || '_fill' AND p.pronamespace = '%1$s'::regnamespace
            ORDER BY d.ordinal
            """;

    private DerivedFills() {}

    /** Fails with the view's name and the reason if it cannot be filled. */
    record Fill(String view, String call) {

        Uni<Void> in(SqlConnection connection) {
            return BuildSteps.run(connection, List.of(call))
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
        Map<String, Integer> stageOf = new HashMap<>();
        int earliest = 0;
        for (Row view : views) {
            String name = view.getString("name");
            int stage = earliest;
            if (view.getBoolean("is_known")) {
                for (String base : view.getArrayOfStrings("bases")) {
                    stage = Math.max(stage, stageOf.getOrDefault(base, -1) + 1);
                }
            } else {
                stage = stages.size();
                earliest = stage + 1;
            }
            stageOf.put(name, stage);
            while (stages.size() <= stage) {
                stages.add(new ArrayList<>());
            }
            stages.get(stage).add(new Fill(name, view.getString("call")));
        }
        return stages;
    }
}
