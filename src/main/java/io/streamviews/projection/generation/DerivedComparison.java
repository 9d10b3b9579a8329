package io.streamviews.projection.generation;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.generation.BuildSteps.Processes;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
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

    /** How many rows there are, and the sum of their hashes: all is gone through once, and nothing is kept or sorted. */
    private static final String DIGEST =
            "SELECT concat(count(*), ' ', sum(hash_record_extended(ROW(%3$s), 0))) FROM %1$s.%2$s";

    /** For types without a hash. */
    private static final String DIFFERENCES =
            """
            SELECT count(*)::text FROM (
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
     * @param kept asks for the digest of what it has
     * @param defined asks for the digest of what its definition says
     * @param differences asks for the number of rows by which they differ
     */
    private record View(String name, String kept, String defined, String differences) {

        static View of(String schema, Row row) {
            String columns = row.getString(1);
            String view = row.getString(2);
            String definition = row.getString(3);
            return new View(
                    row.getString(0),
                    DIGEST.formatted(schema, view, columns),
                    DIGEST.formatted(schema, definition, columns),
                    DIFFERENCES.formatted(schema, view, columns, definition));
        }

        String digestsDiffer() {
            return "SELECT ((%s) IS DISTINCT FROM (%s))::integer::text".formatted(kept, defined);
        }
    }

    /**
     * One side of a view.
     *
     * @param digest asks for it
     */
    private record Side(View view, String digest) {}

    /** Something of a side: what its digest costs, in the planner's units, or what it is. */
    private record Found<T>(Side side, T value) {}

    /**
     * The names of those that differ. Both sides of each are digested apart from each other, since one may take as long as all others
     * together; what is not proven equal so, since it differs or somebody was erased meanwhile, is compared in one statement.
     */
    Uni<List<String>> wrongViews() {
        return Sql.list(generation.pool(), DERIVED.formatted(generation.name()), row -> View.of(generation.name(), row))
                .flatMap(views -> tombstones().flatMap(before -> differing(views)
                        .flatMap(differing -> tombstones().map(now -> now.equals(before) ? differing : views))))
                .flatMap(views -> each(views, atOnce, view -> isWrong(view, Processes.of(views.size(), atOnce))
                        .map(wrong -> wrong ? view.name() : "")))
                .map(names ->
                        names.stream().filter(name -> !name.isEmpty()).sorted().toList());
    }

    private Uni<String> tombstones() {
        return ask(BuildTables.TOMBSTONES.formatted(generation.name()), Processes.ONE);
    }

    /** Those whose sides have not the same digest, or none. */
    private Uni<List<View>> differing(List<View> views) {
        List<Side> sides = views.stream()
                .flatMap(view -> Stream.of(new Side(view, view.kept()), new Side(view, view.defined())))
                .toList();
        Processes processes = Processes.of(views.size(), atOnce);
        return each(sides, 1, this::cost)
                .map(DerivedComparison::longestFirst)
                .flatMap(inOrder -> each(inOrder, atOnce, side -> digest(side, processes)))
                .map(digests -> digests.stream()
                        .collect(groupingBy(found -> found.side().view(), mapping(Found::value, toSet()))))
                .map(digests -> views.stream()
                        .filter(view -> digests.get(view).size() > 1)
                        .toList());
    }

    /** So that in the end none is waited for alone. */
    private static List<Side> longestFirst(List<Found<Double>> costs) {
        return costs.stream()
                .sorted(Comparator.<Found<Double>>comparingDouble(Found::value).reversed())
                .map(Found::side)
                .toList();
    }

    /** Where the planner says nothing it is 0: the comparison will say why. */
    private Uni<Found<Double>> cost(Side side) {
        return Sql.one(generation.pool(), "EXPLAIN (FORMAT JSON) " + side.digest(), row -> row.getJsonArray(0)
                        .getJsonObject(0))
                .map(plan -> plan.getJsonObject("Plan").getDouble("Total Cost"))
                .onFailure()
                .invoke(failure -> LOG.debugf(
                        failure,
                        "What comparing %s costs cannot be told",
                        side.view().name()))
                .onFailure()
                .recoverWithItem(0.0)
                .map(cost -> new Found<>(side, cost));
    }

    /** Where rows have no hash it is one that the other side has not. */
    private Uni<Found<String>> digest(Side side, Processes processes) {
        return ask(side.digest(), processes)
                .onFailure(DerivedComparison::isUndefinedFunction)
                .recoverWithItem(side.digest())
                .map(digest -> new Found<>(side, digest));
    }

    private Uni<Boolean> isWrong(View view, Processes processes) {
        return ask(view.digestsDiffer(), processes)
                .onFailure(DerivedComparison::isUndefinedFunction)
                .recoverWithUni(() -> ask(view.differences(), processes))
                .map(differences -> !differences.equals("0"));
    }

    private Uni<String> ask(String query, Processes processes) {
        return BuildSteps.alone(
                generation, processes, connection -> Sql.one(connection, query, row -> row.getString(0)));
    }

    private static boolean isUndefinedFunction(Throwable failure) {
        return failure instanceof PgException refused && "42883".equals(refused.getSqlState());
    }

    private static <S, T> Uni<List<T>> each(List<S> subjects, int atOnce, Function<S, Uni<T>> work) {
        return subjects.isEmpty()
                ? Uni.createFrom().item(List.of())
                : Uni.join()
                        .all(subjects.stream().map(work).toList())
                        .usingConcurrencyOf(atOnce)
                        .andCollectFailures()
                        .onFailure(CompositeException.class)
                        .transform(failures -> failures.getCauses().get(0));
    }
}
