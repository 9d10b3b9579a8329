package io.streamviews.user.erasure;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.streamviews.user.erasure.Erasure.Erased;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What operators have written, and programs have said, of people: in no column of its own, so it is looked for by what it
 * says. Only the words go, and those in Latin letters only where they are whole: who did what, and when, stays. Blocks.
 */
final class WrittenTexts {

    private static final String REPLACEMENT = "[erased]";

    /** Few: PostgreSQL ends a transaction that leaves it without a statement for long, as while texts are searched here. */
    private static final int ROWS_AT_A_TIME = 20;

    /** Of a script that has spaces between words, and puts nothing before or behind a name in the same word. */
    private static final String LETTER = "[\\p{IsLatin}\\p{M}\\p{Nd}]";

    /** Also behind what ends an escape of JSON's or of an address's. */
    private static final String WORD_BEGINS =
            "(?:(?<!%s)|(?<=%%[0-9A-Fa-f]{2})|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9A-Fa-f]{4}))".formatted(LETTER);

    private static final String WORD_ENDS = "(?!%s)".formatted(LETTER);
    private static final Pattern IS_LETTER = Pattern.compile(LETTER);
    private static final Pattern NOT_LITERAL = Pattern.compile("[\\\\.^$|?*+(){}\\[\\]]");
    private static final Pattern ESCAPE = Pattern.compile("%[0-9A-F]{2}");

    private record Text(String table, String column) {}

    private static final Text TARGET = new Text("audit", "target");

    private static final List<Text> TEXTS = List.of(
            new Text("audit", "body"),
            TARGET,
            new Text("rebuild", "error"),
            new Text("verification", "error"),
            new Text("discarded_letter", "reason"));

    private static final String FIND =
            """
            SELECT DISTINCT %2$s FROM public.%1$s WHERE EXISTS (SELECT FROM unnest(?) AS form WHERE strpos(%2$s, form) > 0)
            """;

    private static final String REPLACE =
            """
            UPDATE public.%1$s AS t SET %2$s = r.now FROM unnest(?, ?) AS r(before, now) WHERE t.%2$s = r.before
            """;

    private record Result(String table, String column, String rows) {}

    /** Lists with an object for each view, some of whose rows are in a member of it. */
    private static final List<Result> RESULTS =
            List.of(new Result("verification", "views", "firstDiffering"), new Result("rebuild", "changes", "samples"));

    /**
     * A value in a row goes whole: what stands between a colon and quotes that are no part of another text. Where it is a part of
     * something, be it of a list or of another text, the view's rows are not shown any more.
     */
    private static final String REPLACE_IN_RESULTS =
            """
            UPDATE public.%1$s SET %2$s = (
                SELECT jsonb_agg(CASE WHEN concat(rows, view -> 'error') ~* ?
                                      THEN view || '{"%3$s": []}'
                                           || CASE WHEN view -> 'error' IS NULL THEN '{}' ELSE jsonb_build_object('error', ?) END
                                      WHEN rows IS NULL THEN view
                                      ELSE view || jsonb_build_object('%3$s', rows::jsonb) END ORDER BY place)
                FROM jsonb_array_elements(%2$s) WITH ORDINALITY AS each(view, place),
                     replace((view -> '%3$s')::text, ': "' || ? || '"', ': "' || ? || '"') AS rows)
            WHERE strpos(lower(%2$s::text), lower(?)) > 0
            """;

    private WrittenTexts() {}

    static List<Erased> erase(Connection connection, List<String> personalData) throws SQLException {
        List<String> words = personalData.stream()
                .filter(WrittenTexts::isWord)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        List<Erased> erased = new ArrayList<>();
        for (Text text : TEXTS) {
            erased.add(new Erased(
                    text.table() + "." + text.column(), words.isEmpty() ? 0 : erase(connection, text, words)));
        }
        for (Result results : RESULTS) {
            String replace = REPLACE_IN_RESULTS.formatted(results.table(), results.column(), results.rows());
            long rows = 0;
            for (String word : words) {
                rows += change(
                        connection, replace, inResults(word), REPLACEMENT, escaped(word), REPLACEMENT, escaped(word));
            }
            erased.add(new Erased(results.table() + "." + results.column(), rows));
        }
        return erased;
    }

    private static long erase(Connection connection, Text text, List<String> words) throws SQLException {
        Pattern all = anyOf(words);
        long rows = 0;
        try (PreparedStatement find = connection.prepareStatement(FIND.formatted(text.table(), text.column()))) {
            find.setFetchSize(ROWS_AT_A_TIME);
            find.setArray(
                    1,
                    connection.createArrayOf(
                            "text", words.stream().flatMap(WrittenTexts::forms).toArray()));
            try (ResultSet found = find.executeQuery()) {
                Map<String, String> now = new TreeMap<>();
                while (found.next()) {
                    String before = found.getString(1);
                    int from = text.equals(TARGET) ? queryOf(before) : 0;
                    now.put(before, before.substring(0, from) + without(all, before.substring(from)));
                    if (now.size() == ROWS_AT_A_TIME) {
                        rows += replace(connection, text, now);
                    }
                }
                rows += replace(connection, text, now);
            }
        }
        return rows;
    }

    private static int queryOf(String target) {
        int mark = target.indexOf('?');
        return mark < 0 ? target.length() : mark;
    }

    private static String without(Pattern words, String text) {
        return words.matcher(text).replaceAll((MatchResult word) -> REPLACEMENT);
    }

    /** Leaves nothing in the map. */
    private static long replace(Connection connection, Text text, Map<String, String> now) throws SQLException {
        now.entrySet().removeIf(change -> change.getKey().equals(change.getValue()));
        try (PreparedStatement replace = connection.prepareStatement(REPLACE.formatted(text.table(), text.column()))) {
            replace.setArray(1, connection.createArrayOf("text", now.keySet().toArray()));
            replace.setArray(2, connection.createArrayOf("text", now.values().toArray()));
            return now.isEmpty() ? 0 : replace.executeUpdate();
        } finally {
            now.clear();
        }
    }

    /** As it may stand in a text: plain, in JSON, in an address, as different programs write those. */
    private static Stream<String> forms(String word) {
        String encoded = URLEncoder.encode(word, StandardCharsets.UTF_8);
        String spaced = encoded.replace("+", "%20");
        String byBrowsers = spaced.replace("%27", "'")
                .replace("%28", "(")
                .replace("%29", ")")
                .replace("%21", "!");
        return Stream.of(word, escaped(word), encoded, spaced, byBrowsers, spaced.replace("%40", "@"))
                .flatMap(form -> Stream.of(form, ESCAPE.matcher(form).replaceAll(code -> code.group()
                        .toLowerCase(Locale.ROOT))))
                .distinct();
    }

    private static String escaped(String word) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(word));
    }

    /** The longest first: of two that begin alike the other one's rest would stay. */
    private static Pattern anyOf(List<String> words) {
        return Pattern.compile(words.stream()
                .flatMap(word -> forms(word)
                        .map(form -> (isLetter(word.codePointAt(0)) ? WORD_BEGINS : "")
                                + Pattern.quote(form)
                                + (isLetter(word.codePointBefore(word.length())) ? WORD_ENDS : "")))
                .collect(Collectors.joining("|")));
    }

    /** PostgreSQL's expression for the word, whole. */
    private static String inResults(String word) {
        return (isLetter(word.codePointAt(0)) ? "(?:(?<![[:alnum:]])|(?<=\\\\[bfnrt]))" : "")
                + NOT_LITERAL.matcher(escaped(word)).replaceAll("\\\\$0")
                + (isLetter(word.codePointBefore(word.length())) ? "(?![[:alnum:]])" : "");
    }

    private static boolean isLetter(int codePoint) {
        return IS_LETTER.matcher(Character.toString(codePoint)).matches();
    }

    /** Punctuation alone is in every text. */
    private static boolean isWord(String said) {
        return said.codePoints()
                .anyMatch(each -> Character.isLetterOrDigit(each) || Character.getType(each) == Character.OTHER_SYMBOL);
    }

    private static long change(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }
}
