package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.Parameters.Parameter;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgException;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads the rows of a view as JSON. What PostgreSQL refuses is told to the client in terms of the request; a view that is no
 * longer what it was known to be is looked at again, once.
 */
@Singleton
class ViewRows {

    private final ViewCatalog catalog;
    private final ViewReader reader;
    private final ScanRule scans;

    ViewRows(ViewCatalog catalog, ViewReader reader, ScanRule scans) {
        this.catalog = catalog;
        this.reader = reader;
        this.scans = scans;
    }

    /**
     * Rows of a view, as JSON.
     *
     * @param last where they end; null if there are no more
     */
    record Rows(String json, String last) {}

    private record Told(String json, RowPlace place) {

        static Told of(Row row) {
            return new Told(
                    row.getString("told"),
                    new RowPlace(Arrays.asList(row.getArrayOfStrings("place")), row.getLong("nth")));
        }
    }

    /**
     * A page of the rows.
     *
     * @param asked for, of the view as it is known
     * @param after as the link to the page has it; null for the first
     */
    Uni<Rows> page(String name, Function<CatalogView, Selection> asked, String after, PageBound bound) {
        return withView(name, view -> {
            Selection selection = asked.apply(view);
            RowPlace place = after == null ? null : RowPlace.decode(selection.order(), after);
            KeysetSql query = new KeysetSql(selection, place, bound.rows() + 1);
            return explained(
                            query.parameters(),
                            view,
                            scans.check(selection, query).chain(() -> page(query, bound)))
                    .map(page -> rows(page, selection));
        });
    }

    /** The one row that is asked for; fails with a {@link RefusedException} (404) if it is not there. */
    Uni<String> row(String name, Function<CatalogView, Selection> asked) {
        return withView(name, view -> {
            KeysetSql query = new KeysetSql(asked.apply(view), null, 1);
            return explained(query.parameters(), view, page(query, new PageBound(1, 1)))
                    .map(page -> {
                        if (page.entries().isEmpty()) {
                            throw RefusedException.absent("There is no such row in " + name);
                        }
                        return json(page.entries().get(0));
                    });
        });
    }

    private Uni<Page<Told>> page(KeysetSql query, PageBound bound) {
        return reader.page(
                query.sql(),
                "octet_length(told)",
                Told::of,
                bound,
                query.parameters().values());
    }

    private <T> Uni<T> withView(String name, Function<CatalogView, Uni<T>> read) {
        return catalog.find(name)
                .chain(read::apply)
                .onFailure(RefusedStatements::isOutdated)
                .recoverWithUni(() -> catalog.findAgain(name).chain(read::apply));
    }

    private static Rows rows(Page<Told> page, Selection selection) {
        List<Told> entries = page.entries();
        String json = entries.stream().map(ViewRows::json).collect(Collectors.joining(",", "[", "]"));
        if (!page.goesOn()) {
            return new Rows(json, null);
        }
        String last = entries.get(entries.size() - 1).place().encode(selection.order());
        if (last == null) {
            throw RefusedException.of(
                    ProblemType.TOO_LONG_TO_TELL,
                    "The list cannot be sorted so: the next page would begin behind a value that is too long for an address");
        }
        return new Rows(json, last);
    }

    private static String json(Told told) {
        if (told.json() == null) {
            throw RefusedException.of(
                    ProblemType.TOO_LONG_TO_TELL,
                    "A row has more than %d bytes; leave out columns of it".formatted(KeysetSql.MOST_ROW_BYTES));
        }
        return told.json();
    }

    /** Says which value PostgreSQL has refused, if it is one of the request's, and not one that the view itself cannot bear. */
    private <T> Uni<T> explained(Parameters parameters, CatalogView view, Uni<T> read) {
        return read.onFailure(RefusedStatements::hasRefusedValue).recoverWithUni(failure -> refusedOf(
                        parameters.all().iterator())
                .map(found -> {
                    throw found != null
                            ? RefusedException.violation(found.name(), "must be a value of type " + found.type())
                            : RefusedException.of(
                                    ProblemType.VIEW_FAILS,
                                    "%s cannot be read: %s"
                                            .formatted(view.name(), ((PgException) failure).getErrorMessage()));
                }));
    }

    private Uni<Parameter> refusedOf(Iterator<Parameter> values) {
        if (!values.hasNext()) {
            return Uni.createFrom().nullItem();
        }
        Parameter value = values.next();
        return reader.first("SELECT %s IS NULL AS is_null".formatted(value.sql(1)), row -> value, value.value())
                .map(isGood -> (Parameter) null)
                .onFailure(RefusedStatements::hasRefusedValue)
                .recoverWithItem(value)
                .chain(refused -> refused != null ? Uni.createFrom().item(refused) : refusedOf(values));
    }
}
