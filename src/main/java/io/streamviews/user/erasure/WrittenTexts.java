package io.streamviews.user.erasure;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.streamviews.user.erasure.Erasure.Erased;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What operators have written, and programs have said, of people: in no column of its own, so it is looked for by what it
 * says. Only the words go, and only where they are words: who did what, and when, stays, and so does what has the same letters
 * as a part of its own. Blocks.
 */
final class WrittenTexts {

    private static final String REPLACEMENT = "[erased]";

    /**
     * No Latin letter or digit stands before it, unless one that ends an escape of JSON's or of an address's. Other letters do not
     * count: not every script has spaces between words.
     */
    private static final String WORD_BEGINS =
            "(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9A-Fa-f]{4}))";

    private static final String WORD_ENDS = "(?![0-9A-Za-z])";

    private static final Pattern NOT_LITERAL = Pattern.compile("[\\\\.^$|?*+(){}\\[\\]]");

    /** @param written an expression: what of the column somebody has put there; the column's end, or null */
    private record Text(String table, String column, String written) {

        Text(String table, String column) {
            this(table, column, column);
        }
    }

    private static final List<Text> TEXTS = List.of(
            new Text("audit", "body"),
            new Text("audit", "target", "substring(target FROM '[?].*')"),
            new Text("rebuild", "error"),
            new Text("verification", "error"),
            new Text("discarded_letter", "reason"));

    private static final String REPLACE =
            """
            UPDATE public.%1$s SET %2$s = left(%2$s, -length(%3$s)) || regexp_replace(%3$s, ?, ?, 'g') WHERE %3$s ~ ?
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
            WHERE %2$s::text ~* ?
            """;

    private WrittenTexts() {}

    static List<Erased> erase(Connection connection, List<String> all) throws SQLException {
        List<String> personalData = all.stream().filter(WrittenTexts::isWord).toList();
        List<Erased> erased = new ArrayList<>();
        for (Text text : TEXTS) {
            String replace = REPLACE.formatted(text.table(), text.column(), text.written());
            long rows = 0;
            for (String said : personalData) {
                String words = words(forms(said));
                rows += change(connection, replace, words, REPLACEMENT, words);
            }
            erased.add(new Erased(text.table() + "." + text.column(), rows));
        }
        for (Result results : RESULTS) {
            String replace = REPLACE_IN_RESULTS.formatted(results.table(), results.column(), results.rows());
            long rows = 0;
            for (String said : personalData) {
                String words = words(Stream.of(escaped(said)));
                rows += change(connection, replace, words, REPLACEMENT, escaped(said), REPLACEMENT, words);
            }
            erased.add(new Erased(results.table() + "." + results.column(), rows));
        }
        return erased;
    }

    /** As it may stand in a text: plain, in JSON, in an address. */
    private static Stream<String> forms(String said) {
        String encoded = URLEncoder.encode(said, StandardCharsets.UTF_8);
        String spaced = encoded.replace("+", "%20");
        return Stream.of(
                        said,
                        escaped(said),
                        encoded,
                        spaced,
                        spaced.replace("%40", "@"),
                        spaced.toLowerCase(Locale.ROOT))
                .distinct();
    }

    private static String escaped(String said) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(said));
    }

    /** PostgreSQL's regular expression for any of them, not as a part of a longer word. */
    private static String words(Stream<String> forms) {
        return forms.map(form -> (isLatin(form.charAt(0)) ? WORD_BEGINS : "")
                        + NOT_LITERAL.matcher(form).replaceAll("\\\\$0")
                        + (isLatin(form.charAt(form.length() - 1)) ? WORD_ENDS : ""))
                .collect(Collectors.joining("|"));
    }

    /** Punctuation alone is in every text. */
    private static boolean isWord(String said) {
        return said.chars().anyMatch(letter -> letter >= 128 || Character.isLetterOrDigit(letter));
    }

    private static boolean isLatin(char letter) {
        return letter < 128 && Character.isLetterOrDigit(letter);
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
