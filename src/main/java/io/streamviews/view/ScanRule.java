package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.core.json.JsonArray;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Keeps reads from looking through many rows for few. Of a table with a key an index must serve the list, or the rows
 * must be few now, counted and not estimated. What has no indexes of its own, such as a view, is judged by what PostgreSQL
 * expects this very query to cost; where it errs, the time-out of statements is the end of it.
 */
@Singleton
class ScanRule {

    private final ViewReader reader;
    private final long maxRows;
    private final double maxCost;

    ScanRule(
            ViewReader reader,
            @ConfigProperty(name = "streamviews.view.scan-max-rows", defaultValue = "10000") long maxRows,
            @ConfigProperty(name = "streamviews.view.max-cost", defaultValue = "10000") double maxCost) {
        this.reader = reader;
        this.maxRows = maxRows;
        this.maxCost = maxCost;
    }

    /** Fails with a {@link RefusedException} (422) if a query may not be run. */
    Uni<Void> check(Selection selection, KeysetSql query) {
        if (!selection.view().hasKey()) {
            return checkCost(selection.view(), query);
        }
        IndexRule rule = new IndexRule(selection);
        return rule.isServed() ? Uni.createFrom().voidItem() : checkRows(selection.view(), rule);
    }

    private Uni<Void> checkRows(CatalogView view, IndexRule rule) {
        String count = "SELECT count(*) AS rows FROM (SELECT FROM %s LIMIT %d) AS counted"
                .formatted(view.table(), maxRows + 1);
        return reader.first(count, row -> row.getLong("rows"))
                .invoke(rows -> {
                    if (rows > maxRows) {
                        throw RefusedException.of(
                                ProblemType.NO_INDEX,
                                "%s has more than %d rows, and no index serves this filter and order: %s"
                                        .formatted(view.name(), maxRows, rule.advice()));
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> checkCost(CatalogView view, KeysetSql query) {
        return reader.first(
                        "EXPLAIN (FORMAT JSON) " + query.sql(),
                        row -> new JsonArray(String.valueOf(row.getValue(0))),
                        query.parameters().values())
                .invoke(plan -> {
                    double cost = plan.getJsonObject(0).getJsonObject("Plan").getDouble("Total Cost");
                    if (cost > maxCost) {
                        throw RefusedException.of(
                                ProblemType.TOO_COSTLY,
                                "%s has no key, and PostgreSQL expects this filter and order to cost %.0f, more than %.0f: filter or sort by what its tables have an index for"
                                        .formatted(view.name(), cost, maxCost));
                    }
                })
                .replaceWithVoid();
    }
}
