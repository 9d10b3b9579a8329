package io.streamviews.projection.generation;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.generation.BuildSteps.Processes;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;

/** Which of a generation's derived views are not what their definitions say: compared several at once, each on a connection of its own. */
final class DerivedComparison {

    private static final Logger LOG = Logger.getLogger(DerivedComparison.class);

    private static final String DERIVED =
            """
            SELECT v.name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) AS columns,
                   quote_ident(v.name), quote_ident(v.name || '_definition')
            FROM %1$s.derived_view v
            JOIN information_schema.columns c ON c.table_schema = '%1$s' AND c.table_name = v.name || '_definition'
            GROUP BY v.name, v.ordinal ORDER BY v.ordinal
            """;

    /** By the sum of the rows' hashes: each side is gone through once, and nothing is kept or sorted. */
    private static final String HASHES_DIFFER =
            """
            SELECT ((a.rows, a.hash) IS DISTINCT FROM (b.rows, b.hash))::integer::bigint
            FROM (SELECT count(*) AS rows, sum(hash_record_extended(ROW(%3$s), 0)) AS hash FROM %1$s.%2$s) AS a,
                 (SELECT count(*) AS rows, sum(hash_record_extended(ROW(%3$s), 0)) AS hash FROM %1$s.%4$s) AS b
            """;

    /** For types without a hash. */
    private static final String DIFFERENCES =
            """
            SELECT count(*) FROM (
                (SELECT %3$s FROM %1$s.%2$s EXCEPT ALL SELECT %3$s FROM %1$s.%4$s)
                UNION ALL
                (SELECT %3$s FROM %1$s.%4$s EXCEPT ALL SELECT %3$s FROM %1$s.%2$s)) AS difference
            """;

    private final ViewSchema generation;
    private final int atOnce;

    /** @param atOnce so many are compared at a time */
    DerivedComparison(ViewSchema generation, int atOnce) {
        this.generation = generation;
        this.atOnce = atOnce;
    }

    /**
     * A derived view.
     *
     * @param hashesDiffer asks by the rows' hashes
     * @param differences asks by the rows
     */
    private record View(String name, String hashesDiffer, String differences) {

        static View of(String schema, Row row) {
            Object[] parts = {schema, row.getString(2), row.getString(1), row.getString(3)};
            return new View(row.getString(0), HASHES_DIFFER.formatted(parts), DIFFERENCES.formatted(parts));
        }
    }

    /** @param cost in the planner's units */
    private record Expected(View view, double cost) {}

    /** The names of those that differ. */
    Uni<List<String>> wrongViews() {
        return generation
                .pool()
                .query(DERIVED.formatted(generation.name()))
                .execute()
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> View.of(generation.name(), row))
                        .toList())
                .flatMap(this::longestFirst)
                .flatMap(views -> each(views, atOnce, view -> isWrong(view, Processes.of(views.size(), atOnce))
                        .map(wrong -> wrong ? view.name() : "")))
                .map(names ->
                        names.stream().filter(name -> !name.isEmpty()).sorted().toList());
    }

    /** So that in the end none is waited for alone. */
    private Uni<List<View>> longestFirst(List<View> views) {
        return each(views, 1, this::expected).map(expected -> expected.stream()
                .sorted(Comparator.comparingDouble(Expected::cost).reversed())
                .map(Expected::view)
                .toList());
    }

    /** Where the planner says nothing it is 0: the comparison will say why. */
    private Uni<Expected> expected(View view) {
        return generation
                .pool()
                .query("EXPLAIN (FORMAT JSON) " + view.hashesDiffer())
                .execute()
                .map(rows -> rows.iterator().next().getJsonArray(0).getJsonObject(0))
                .map(plan -> plan.getJsonObject("Plan").getDouble("Total Cost"))
                .onFailure()
                .invoke(failure -> LOG.debugf(failure, "What comparing %s costs cannot be told", view.name()))
                .onFailure()
                .recoverWithItem(0.0)
                .map(cost -> new Expected(view, cost));
    }

    private Uni<Boolean> isWrong(View view, Processes processes) {
        return count(view.hashesDiffer(), processes)
                .onFailure(DerivedComparison::isUndefinedFunction)
                .recoverWithUni(() -> count(view.differences(), processes))
                .map(differences -> differences > 0);
    }

    private Uni<Long> count(String query, Processes processes) {
        return BuildSteps.alone(generation, processes, connection -> connection
                .query(query)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0)));
    }

    private static boolean isUndefinedFunction(Throwable failure) {
        return failure instanceof PgException refused && "42883".equals(refused.getSqlState());
    }

    private static <T> Uni<List<T>> each(List<View> views, int atOnce, Function<View, Uni<T>> work) {
        return views.isEmpty()
                ? Uni.createFrom().item(List.of())
                : Uni.join()
                        .all(views.stream().map(work).toList())
                        .usingConcurrencyOf(atOnce)
                        .andCollectFailures()
                        .onFailure(CompositeException.class)
                        .transform(failures -> failures.getCauses().get(0));
    }
}
