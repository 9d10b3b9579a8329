package io.streamviews.access;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which views an answer shows something of, by its request's method and path. An operation that no rule knows shows all
 * views, and so does a path that can be read as one.
 */
final class ViewsOfPaths {

    /** What an operator sees is for operators: topics and dead letters are no views; the list of views leaves out what it must. */
    private static final List<ViewRules.Rule> NONE = List.of(
            new ViewRules.Rule("\\S+ (?!/api(/|$)).*"),
            new ViewRules.Rule("\\S+ /api/admin(/.*)?"),
            new ViewRules.Rule("GET /api/views"));

    /** Of the view whose name is in the path. */
    private static final Pattern FEED = pattern("GET /api/views/([^/]+)/changes");

    /** Likewise, where the address is no other resource's; of what such a view reads, its resource decides. */
    private static final Pattern ROWS = pattern("GET /api/views/([^/]+)(/.+)?");

    private final Map<Pattern, Set<String>> rules = new HashMap<>();
    private final Map<Pattern, Set<String>> madeWith = new HashMap<>();
    private final Map<String, String> columnsOf = new HashMap<>();

    ViewsOfPaths(List<ViewRules> parts) {
        Stream.concat(NONE.stream(), parts.stream().flatMap(part -> part.rules().stream()))
                .forEach(rule -> rules.put(pattern(rule.operation()), rule.views()));
        parts.forEach(part -> {
            part.madeWith().forEach(rule -> madeWith.put(pattern(rule.operation()), rule.views()));
            columnsOf.putAll(part.columnsOf());
        });
    }

    /** Those that have a path of their own; of a derived view there is a feed, at least. */
    Set<String> named() {
        Set<String> named = new HashSet<>();
        rules.values().forEach(named::addAll);
        return named;
    }

    /** Empty if nobody has decided, and it may be any. */
    Optional<Set<String>> of(String method, String path) {
        Set<String> shown = new HashSet<>();
        List<String> readings = Operations.readings(path);
        for (String reading : readings) {
            if (!add(operation(method, reading), shown)) {
                return Optional.empty();
            }
        }
        columnsOf.forEach((view, other) -> {
            if (shown.contains(view)) {
                shown.add(other);
            }
        });
        return readings.isEmpty() ? Optional.empty() : Optional.of(shown);
    }

    /** The same, with those that it is made with. */
    Optional<Set<String>> madeOf(String method, String path) {
        return of(method, path).map(shown -> {
            Set<String> all = new HashSet<>(shown);
            Operations.readings(path)
                    .forEach(reading -> madeWith.forEach((operation, views) -> {
                        if (operation.matcher(operation(method, reading)).matches()) {
                            all.addAll(views);
                        }
                    }));
            return all;
        });
    }

    private static String operation(String method, String path) {
        return (Operations.isSafe(method) ? "GET" : method) + " " + path;
    }

    private boolean add(String operation, Set<String> shown) {
        boolean known = false;
        for (Map.Entry<Pattern, Set<String>> rule : rules.entrySet()) {
            if (rule.getKey().matcher(operation).matches()) {
                known = true;
                shown.addAll(rule.getValue());
            }
        }
        Matcher feed = FEED.matcher(operation);
        if (feed.matches()) {
            known = true;
            shown.add(feed.group(1).replace('-', '_'));
        }
        Matcher rows = ROWS.matcher(operation);
        if (!known && rows.matches()) {
            known = true;
            shown.add(rows.group(1));
        }
        return known;
    }

    private static Pattern pattern(String operation) {
        return Pattern.compile(operation + "/?", Pattern.DOTALL);
    }
}
