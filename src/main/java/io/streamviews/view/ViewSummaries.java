package io.streamviews.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What there is to read, and how far it is behind the topics that it is kept from. */
@Singleton
class ViewSummaries {

    private static final String BEHIND =
            """
            SELECT topic,
                   CASE WHEN bool_and(lag_events IS NOT NULL) THEN sum(lag_events)::bigint END AS events,
                   CASE WHEN bool_and(lag_time IS NOT NULL) THEN extract(epoch FROM max(lag_time))::float8 END AS seconds
            FROM views.projection_status
            GROUP BY topic
            """;

    private final ViewCatalog catalog;
    private final ViewReader reader;
    private final ViewTopics topics;

    ViewSummaries(ViewCatalog catalog, ViewReader reader, ViewTopics topics) {
        this.catalog = catalog;
        this.reader = reader;
        this.topics = topics;
    }

    /**
     * A table or view that can be read.
     *
     * @param kind base (kept from a topic), derived (kept from base views), table or view (made by people)
     * @param key columns of the primary key; empty if there is none
     * @param estimatedRows null if nobody knows
     * @param bytes on disk, with indexes; null for a view without rows of its own
     * @param definition the query that says what it holds; null for a base view or a table
     * @param suspendedSince when it has ceased to follow what it is kept from, since it failed; absent if it does
     * @param sources the topics that what it shows is kept from
     */
    @RegisterForReflection
    record ViewSummary(
            String name,
            String kind,
            String comment,
            List<ColumnSummary> columns,
            List<String> key,
            Long estimatedRows,
            Long bytes,
            String definition,
            @JsonInclude(JsonInclude.Include.NON_NULL) Instant suspendedSince,
            List<Source> sources) {}

    /** @param type as PostgreSQL names it */
    @RegisterForReflection
    record ColumnSummary(String name, String type, boolean nullable, String comment) {

        static ColumnSummary of(ViewColumn column) {
            return new ColumnSummary(column.name(), column.type(), column.isNullable(), column.comment());
        }
    }

    /**
     * A topic.
     *
     * @param eventsBehind events that the views have not read yet; null if that is not known
     * @param secondsBehind no event that is not in the views is older than that; null likewise
     */
    @RegisterForReflection
    record Source(String topic, Long eventsBehind, Double secondsBehind) {

        static Source of(Row row) {
            return new Source(row.getString("topic"), row.getLong("events"), row.getDouble("seconds"));
        }
    }

    /** @param visible whether a client may see all of some views */
    Uni<List<ViewSummary>> list(Predicate<Set<String>> visible) {
        return catalog.current().chain(known -> Uni.combine()
                .all()
                .unis(reader.list(BEHIND, Source::of), reader.list(ViewMaking.SQL, ViewMaking::of))
                .with((sources, makings) -> {
                    Map<String, Source> behind = by(Source::topic, sources);
                    Map<String, ViewMaking> made = by(ViewMaking::view, makings);
                    return known.all().stream()
                            .filter(view -> visible.test(view.shown()))
                            .map(view -> summary(
                                    view,
                                    topicsOf(view, known).stream()
                                            .map(topic -> behind.getOrDefault(topic, new Source(topic, null, null)))
                                            .toList(),
                                    made.getOrDefault(view.name(), ViewMaking.UNKNOWN)))
                            .toList();
                }));
    }

    private static <T> Map<String, T> by(Function<T, String> name, List<T> all) {
        return all.stream().collect(Collectors.toMap(name, Function.identity()));
    }

    private static ViewSummary summary(CatalogView view, List<Source> sources, ViewMaking made) {
        return new ViewSummary(
                view.name(),
                view.kind().name().toLowerCase(Locale.ROOT),
                view.comment(),
                view.columns().stream().map(ColumnSummary::of).toList(),
                view.key(),
                view.estimatedRows(),
                made.bytes(),
                made.definition(),
                made.suspendedSince(),
                sources);
    }

    private Set<String> topicsOf(CatalogView view, Catalog known) {
        Map<String, String> topicOf = topics.topics();
        Set<String> found = new TreeSet<>();
        Set<String> seen = new HashSet<>();
        collect(view, known, seen);
        seen.stream().filter(topicOf::containsKey).map(topicOf::get).forEach(found::add);
        return found;
    }

    /** All that a view is made of, itself included. */
    private static void collect(CatalogView view, Catalog known, Set<String> seen) {
        if (seen.add(view.name())) {
            view.reads().forEach(name -> known.find(name).ifPresent(other -> collect(other, known, seen)));
            view.keptFrom().forEach(name -> known.find(name).ifPresent(other -> collect(other, known, seen)));
        }
    }
}
