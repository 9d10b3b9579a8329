package io.streamviews.user.erasure;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.streamviews.user.erasure.Erasure.Erased;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What operators have written, and programs have said, of people: in no column of its own, so it is looked for by what it
 * says. Only the words go; who did what, and when, stays. Blocks.
 */
final class WrittenTexts {

    private static final String REPLACEMENT = "[erased]";

    private record Text(String table, String column) {}

    private static final List<Text> TEXTS = List.of(
            new Text("audit", "body"),
            new Text("audit", "target"),
            new Text("rebuild", "error"),
            new Text("verification", "error"),
            new Text("discarded_letter", "reason"));

    private record Result(String table, String column, String rows) {}

    /** Lists with an object for each view, some of whose rows are in a member of it. */
    private static final List<Result> RESULTS =
            List.of(new Result("verification", "views", "firstDiffering"), new Result("rebuild", "changes", "samples"));

    private static final String REPLACE = "UPDATE public.%1$s SET %2$s = replace(%2$s, ?, ?) WHERE strpos(%2$s, ?) > 0";

    /** Values of members, whole: what stands between a colon and quotes that are no part of another text. */
    private static final String REPLACE_IN_RESULTS =
            """
            UPDATE public.%1$s SET %2$s = replace(%2$s::text, ?, ?)::jsonb WHERE strpos(%2$s::text, ?) > 0
            """;

    /** Where it is a part of something, be it of a list or of another text, the view's rows are not shown any more. */
    private static final String TAKE_AWAY_ROWS =
            """
            UPDATE public.%1$s SET %2$s = (
                SELECT jsonb_agg(CASE WHEN strpos(lower(concat(view -> '%3$s', view -> 'error')), lower(?)) > 0
                                      THEN view || '{"%3$s": []}'
                                           || CASE WHEN view -> 'error' IS NULL THEN '{}' ELSE jsonb_build_object('error', ?) END
                                      ELSE view END ORDER BY place)
                FROM jsonb_array_elements(%2$s) WITH ORDINALITY AS each(view, place))
            WHERE strpos(lower(%2$s::text), lower(?)) > 0
            """;

    private WrittenTexts() {}

    static List<Erased> erase(Connection connection, List<String> personalData) throws SQLException {
        List<Erased> erased = new ArrayList<>();
        for (Text text : TEXTS) {
            long rows = 0;
            for (String said : personalData) {
                for (String form : forms(said)) {
                    rows += replace(connection, REPLACE.formatted(text.table(), text.column()), form, REPLACEMENT);
                }
            }
            erased.add(new Erased(text.table() + "." + text.column(), rows));
        }
        for (Result results : RESULTS) {
            long rows = 0;
            for (String said : personalData) {
                rows += replace(
                        connection,
                        REPLACE_IN_RESULTS.formatted(results.table(), results.column()),
                        ": \"%s\"".formatted(escaped(said)),
                        ": \"%s\"".formatted(REPLACEMENT));
                rows += replace(
                        connection,
                        TAKE_AWAY_ROWS.formatted(results.table(), results.column(), results.rows()),
                        escaped(said),
                        REPLACEMENT);
            }
            erased.add(new Erased(results.table() + "." + results.column(), rows));
        }
        return erased;
    }

    /** As it may stand in a text: plain, in JSON, in an address. */
    private static Set<String> forms(String said) {
        String encoded = URLEncoder.encode(said, StandardCharsets.UTF_8);
        String spaced = encoded.replace("+", "%20");
        return new LinkedHashSet<>(List.of(
                said, escaped(said), encoded, spaced, spaced.replace("%40", "@"), spaced.toLowerCase(Locale.ROOT)));
    }

    private static String escaped(String said) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(said));
    }

    private static long replace(Connection connection, String sql, String from, String to) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, from);
            statement.setString(2, to);
            statement.setString(3, from);
            return statement.executeUpdate();
        }
    }
}
