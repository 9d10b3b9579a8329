package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A base view that the live generation and the next one have of the same topic. A row is taken from the one to the other as far as
 * both know it: a new column has its default, one of another type the text of the former one, if that fits.
 *
 * @param columns that both have, as SQL
 * @param values of theirs, as SQL: what the next table takes out of the live one, {@code AS v}
 * @param added columns that records set in the next one alone, as SQL
 * @param hasSameKey whether a row's key is the same columns in both, in the same order
 * @param isContinued whether that is so, and keys and versions are read from the same places: a row is the same row in both
 */
record SharedView(
        BaseView view,
        List<String> columns,
        List<String> values,
        List<String> added,
        boolean hasSameKey,
        boolean isContinued) {

    private static final List<String> OF_THE_ENGINE = List.of("version", "source_offset", "last_processed_at");

    private static final String TYPES =
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = '%s'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """;

    private static final String DECLARATIONS = "SELECT view, declaration FROM %s.view_source";

    /** Of both generations, by the view's name. */
    private record Known(
            Map<String, Map<String, String>> types,
            Map<String, Map<String, String>> unboundedTypes,
            Map<String, JsonObject> declarations) {

        Map<String, String> columnsOf(BaseView view) {
            return types.getOrDefault(view.table(), Map.of());
        }
    }

    /** @param client whose search path is the next generation */
    static Uni<List<SharedView>> of(SqlClient client, List<BaseView> ofLive, List<BaseView> ofNext) {
        return known(client, Views.LIVE)
                .flatMap(live -> known(client, Generations.NEXT).map(next -> ofNext.stream()
                        .flatMap(view -> ofLive.stream()
                                .filter(other -> other.table().equals(view.table())
                                        && other.topic().equals(view.topic()))
                                .map(other -> of(view, key(other).equals(key(view)), live, next)))
                        .toList()));
    }

    private static List<String> key(BaseView view) {
        return view.key().stream().map(Column::name).toList();
    }

    private static SharedView of(BaseView view, boolean hasKeyOfSameNames, Known live, Known next) {
        Map<String, String> from = live.columnsOf(view);
        Map<String, String> to = next.columnsOf(view);
        boolean hasSameKey = hasKeyOfSameNames
                && key(view).stream().allMatch(name -> to.get(name).equals(from.get(name)));
        Map<Boolean, List<String>> names = Stream.of(
                        key(view).stream(), view.columns().stream().map(Column::name), OF_THE_ENGINE.stream())
                .flatMap(each -> each)
                .collect(Collectors.partitioningBy(from::containsKey));
        return new SharedView(
                view,
                names.get(true).stream().map(Identifiers::quoted).toList(),
                names.get(true).stream()
                        .map(name -> "v." + Identifiers.quoted(name)
                                + (to.get(name).equals(from.get(name))
                                        ? ""
                                        : "::text::"
                                                + next.unboundedTypes
                                                        .get(view.table())
                                                        .get(name)))
                        .toList(),
                names.get(false).stream().map(Identifiers::quoted).toList(),
                hasSameKey,
                hasSameKey && readsKeyAndVersion(view, live).equals(readsKeyAndVersion(view, next)));
    }

    /** All that is declared but for what other columns hold, and when a row is deleted. */
    private static JsonObject readsKeyAndVersion(BaseView view, Known generation) {
        JsonObject said = generation.declarations.get(view.table()).copy();
        said.remove("deleted");
        said.getJsonObject("columns", new JsonObject()).getMap().keySet().retainAll(key(view));
        return said;
    }

    private static Uni<Known> known(SqlClient client, String schema) {
        return client.query(TYPES.formatted(schema)).execute().flatMap(types -> client.query(
                        DECLARATIONS.formatted(schema))
                .execute()
                .map(declarations -> {
                    Known known = new Known(new HashMap<>(), new HashMap<>(), new HashMap<>());
                    types.forEach(row -> {
                        known.types
                                .computeIfAbsent(row.getString(0), table -> new HashMap<>())
                                .put(row.getString(1), row.getString(2));
                        known.unboundedTypes
                                .computeIfAbsent(row.getString(0), table -> new HashMap<>())
                                .put(row.getString(1), row.getString(3));
                    });
                    declarations.forEach(row -> known.declarations.put(row.getString(0), row.getJsonObject(1)));
                    return known;
                }));
    }
}
