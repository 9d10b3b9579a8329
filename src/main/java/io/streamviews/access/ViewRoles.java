package io.streamviews.access;

import io.quarkus.arc.All;
import io.quarkus.runtime.StartupEvent;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;

/**
 * The roles of which a client needs one for a view, too. The settings are read by their names, because an environment
 * variable has no hyphen, no dot and no small letter; one that would protect nothing (no such view, no role) ends the start.
 */
@Singleton
class ViewRoles {

    private static final String PROPERTY = "streamviews.access.views.";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, Set<String>> roles = new TreeMap<>();
    private final Pool pool;
    private final ViewsOfPaths shown;

    ViewRoles(Config config, Pool pool, @All List<ViewRules> parts) {
        this.shown = new ViewsOfPaths(parts);
        this.pool = pool;
        String prefix = plain(PROPERTY);
        for (String property : config.getPropertyNames()) {
            String name = plain(property);
            if (name.startsWith(prefix)) {
                String view = name.substring(prefix.length());
                Set<String> needed = split(config.getConfigValue(property).getValue());
                if (needed.isEmpty()) {
                    throw new IllegalArgumentException(
                            PROPERTY + view + " names no role; leave it out if the view is for every reader");
                }
                roles.put(view, needed);
            }
        }
    }

    /** Last, when the views are there. Blocks. */
    void check(@Observes @Priority(Integer.MAX_VALUE) StartupEvent start) {
        Set<String> unknown = new HashSet<>(roles.keySet());
        unknown.removeAll(shown.named());
        if (!unknown.isEmpty()) {
            unknown.removeAll(there());
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("%s%s is set, and there is no such view"
                    .formatted(PROPERTY, unknown.iterator().next()));
        }
    }

    /** The first view that an answer shows and of which the client has no role. */
    Optional<String> refused(String method, String path, Predicate<String> hasRole) {
        if (roles.isEmpty()) {
            return Optional.empty();
        }
        return refused(shown.of(method, path).orElse(roles.keySet()), hasRole);
    }

    /** See {@link ViewsOfPaths#madeOf}. */
    Optional<Set<String>> madeOf(String method, String path) {
        return shown.madeOf(method, path);
    }

    /** The first of some views of which the client has no role. */
    Optional<String> refused(Set<String> views, Predicate<String> hasRole) {
        return views.stream()
                .map(ViewRoles::plain)
                .sorted()
                .filter(view ->
                        roles.containsKey(view) && roles.get(view).stream().noneMatch(hasRole))
                .findFirst();
    }

    /** Why a view is refused, for people. */
    String why(String view) {
        return "This shows the view %s, which needs the role %s".formatted(view, String.join(" or ", roles.get(view)));
    }

    /** None where the views are not there yet. */
    private Set<String> there() {
        Set<String> names = new HashSet<>();
        for (Row row : pool.query(
                        "SELECT relname FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'views')")
                .execute()
                .await()
                .atMost(PATIENCE)) {
            names.add(plain(row.getString(0)));
        }
        return names;
    }

    private static String plain(String property) {
        return property.toLowerCase(Locale.ROOT).replace("\"", "").replaceAll("[^a-z0-9]", "_");
    }

    private static Set<String> split(String roles) {
        return roles == null
                ? Set.of()
                : Arrays.stream(roles.split(","))
                        .map(String::strip)
                        .filter(role -> !role.isEmpty())
                        .collect(Collectors.toSet());
    }
}
