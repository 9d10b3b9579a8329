package io.streamviews.access;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which views an answer shows something of, by its request's method and path: the one place that says so. Users are what
 * {@code user_view} has, also where the write model answers. An operation that no rule here knows shows all views, and so
 * does a path that can be read as one.
 */
final class ViewsShown {

    private static final String USERS = "user_view";
    private static final String POSTS = "post_view";

    /** HEAD and OPTIONS are GET here. What an operator sees is for operators: topics and dead letters are no views. */
    private static final Map<Pattern, Set<String>> RULES = Map.ofEntries(
            rule("\\S+ (?!/api(/|$)).*"),
            rule("\\S+ /api/admin(/.*)?"),
            rule("GET /api/users(/.*)?", USERS),
            rule("(POST|PUT|DELETE) /api/users(/.*)?"),
            rule("GET /api/posts(/\\d+|/by-department/.+|/by-author/\\d+)?", POSTS, USERS),
            rule("GET /api/posts/\\d+/events", POSTS),
            rule("(POST|PUT) /api/posts(/\\d+)?", USERS),
            rule("DELETE /api/posts/\\d+"),
            rule("GET /api/posts/users(/\\d+)?", USERS),
            rule("GET /api/departments/stats", "department_stats"),
            rule("GET /api/views/post-statistics(/totals)?", "post_stats"),
            rule("GET /api/views/user-activity(/\\d+)?", "user_activity"),
            rule("GET /api/views/department-performance(/.+)?", "department_performance", USERS));

    /** Of the view whose name is in the path. */
    private static final Pattern FEED = pattern("GET /api/views/([^/]+)/changes");

    /** Views with columns of another one, that tell whose they are. */
    private static final Map<String, String> COLUMNS_OF = Map.of("user_activity", USERS);

    private ViewsShown() {}

    /** Those that have a path of their own; of a derived view there is a feed, at least. */
    static Set<String> named() {
        Set<String> named = new HashSet<>();
        RULES.values().forEach(named::addAll);
        return named;
    }

    /** Empty if nobody has decided, and it may be any. */
    static Optional<Set<String>> of(String method, String path) {
        Set<String> shown = new HashSet<>();
        List<String> readings = Operations.readings(path);
        for (String reading : readings) {
            if (!add((Operations.isSafe(method) ? "GET" : method) + " " + reading, shown)) {
                return Optional.empty();
            }
        }
        COLUMNS_OF.forEach((view, other) -> {
            if (shown.contains(view)) {
                shown.add(other);
            }
        });
        return readings.isEmpty() ? Optional.empty() : Optional.of(shown);
    }

    private static boolean add(String operation, Set<String> shown) {
        boolean known = false;
        for (Map.Entry<Pattern, Set<String>> rule : RULES.entrySet()) {
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
        return known;
    }

    private static Map.Entry<Pattern, Set<String>> rule(String operation, String... views) {
        return Map.entry(pattern(operation), Set.of(views));
    }

    private static Pattern pattern(String operation) {
        return Pattern.compile(operation + "/?", Pattern.DOTALL);
    }
}
