package io.streamviews.ops;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The metrics that a PromQL expression reads, each with the labels that it selects by, and the labels that it groups by. */
record PromqlNames(Map<String, Set<String>> metrics, Set<String> grouping) {

    /** A text, a range, a number or a duration, a name, or a sign. */
    private static final Pattern TOKEN =
            Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|\\[[^]]*]|\\d[\\w.]*|[a-zA-Z_:][\\w:]*|=~|!~|[=!<>]=|[^\\s]");

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][\\w:]*");
    private static final Set<String> OPERATORS =
            Set.of("and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end");
    private static final Set<String> AGGREGATION = Set.of("by", "without");
    private static final Set<String> MATCHING = Set.of("on", "ignoring", "group_left", "group_right");

    static PromqlNames of(String expression) {
        List<String> tokens = TOKEN.matcher(expression.replaceAll("(?m)#.*$", ""))
                .results()
                .map(MatchResult::group)
                .toList();
        PromqlNames names = new PromqlNames(new TreeMap<>(), new TreeSet<>());
        for (int i = 0; i < tokens.size(); i++) {
            String token = tokens.get(i);
            String next = i + 1 < tokens.size() ? tokens.get(i + 1) : "";
            if (AGGREGATION.contains(token) || MATCHING.contains(token)) {
                names.grouping.addAll(namesUpTo(")", tokens, i + 1));
                i = end(")", tokens, i + 1);
            } else if (NAME.matcher(token).matches()
                    && !OPERATORS.contains(token.toLowerCase())
                    && !next.equals("(")
                    && !AGGREGATION.contains(next)) {
                Set<String> selected = names.metrics.computeIfAbsent(token, metric -> new HashSet<>());
                if (next.equals("{")) {
                    selected.addAll(namesUpTo("}", tokens, i + 1));
                    i = end("}", tokens, i + 1);
                }
            }
        }
        return names;
    }

    private static List<String> namesUpTo(String end, List<String> tokens, int from) {
        return tokens.subList(from, end(end, tokens, from)).stream()
                .filter(token -> NAME.matcher(token).matches())
                .toList();
    }

    private static int end(String end, List<String> tokens, int from) {
        int after = tokens.subList(from, tokens.size()).indexOf(end);
        if (after < 0) {
            throw new IllegalArgumentException("%s is missing in %s".formatted(end, String.join(" ", tokens)));
        }
        return from + after;
    }
}
