package io.streamviews.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Values that nobody should send. */
final class Hostile {

    private static final String CONTROLS =
            IntStream.range(1, 32).mapToObj(Character::toString).reduce("", String::concat) + "\u007f\u0085";

    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "00",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "1e999999",
            "NaN",
            "Infinity",
            "-Infinity",
            "0x10",
            "1_000",
            "1L",
            " 1",
            "1 ",
            "١٢",
            "１２",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "9".repeat(400));

    private static final List<String> TIMES = List.of(
            "1900-01-01",
            "1900-01-01T00:00:00Z",
            "1969-12-31T23:59:59.998Z",
            "1969-12-31T23:59:59.999Z",
            "0000-01-01",
            "0001-01-01",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+18:00",
            "-0001-01-01",
            "-9999-01-01T00:00:00Z",
            "9999-12-31",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59-18:00",
            "10000-01-01",
            "+10000-01-01",
            "+10000-01-01T00:00:00Z",
            "+294277-01-01T00:00:00Z",
            "+999999999-12-31",
            "+999999999-12-31T23:59:59Z",
            "-999999999-01-01",
            "-999999999-01-01T00:00:00Z",
            "+1000000000-12-31T23:59:59Z",
            "2026-02-30",
            "2026-13-01",
            "2026-11-24T25:00:00Z",
            "2026-11-24T22:05:60Z",
            "2026-11-24T22:05:44+19:00",
            "2026-11-24T22:05:44+01:00",
            "2026-11-24T22:05:44[Europe/Nowhere]",
            "2026-11-24T22:05",
            "2026-11-24T22:05:44.1234567890Z",
            "２０２６-11-24",
            "infinity",
            "-infinity",
            "now");

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "\t",
            "\u00a0\u2003",
            "\u0000",
            "a\u0000b",
            CONTROLS,
            "a\r\nX-Injected: yes",
            "\ufeff",
            "\u202e\u200b",
            "😀".repeat(300),
            "x".repeat(300),
            "null",
            "true",
            "[]",
            "{}",
            "\"",
            "'",
            "' OR 1=1 --",
            "\\",
            "%",
            "${jndi:ldap://x}",
            "{last}",
            "../../etc/passwd",
            "<script>",
            ",",
            "1,",
            ",1",
            "1,2,3",
            "1,9999-12-31",
            "0,0001-01-01",
            "1,-999999999-01-01",
            "9223372036854775808,1",
            "-9223372036854775808,1",
            "-9223372036854775808,-9223372036854775808",
            "a/b/c",
            "a/1/2",
            "a/99999999999/2",
            "//",
            ";a=b",
            "id,posts",
            "--posts",
            "-",
            "earliest",
            "latest",
            "user-events",
            "user_view",
            "post_stats",
            "projection_position",
            "user:1:1");

    /** As they stand on the request line. */
    private static final List<String> ESCAPED = List.of(
            "%zz",
            "%",
            "%0",
            "%00",
            "%2",
            "%u0041",
            "%c0%80",
            "%ff",
            "%fe%ff",
            "%ed%a0%80",
            "%f4%90%80%80",
            "%2e%2e%2f%2e%2e%2f",
            "%2f",
            "%25%30%30",
            "%0d%0aX-Injected:%20yes",
            "+",
            "[",
            "|",
            "^",
            "`",
            "\\",
            "#",
            "{",
            "<>",
            "\"",
            "\u00ff",
            "\ud55c",
            "x".repeat(3_500),
            "%41".repeat(1_300));

    private Hostile() {}

    static List<String> texts() {
        return Stream.of(NUMBERS, TIMES, TEXTS).flatMap(List::stream).toList();
    }

    /** For a path or a query. */
    static List<String> escaped() {
        return Stream.concat(texts().stream().map(Hostile::escape), ESCAPED.stream())
                .toList();
    }

    static String escape(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    /** Whole queries, behind whatever there is already. */
    static List<String> queries(String name) {
        return List.of(
                name,
                name + "=",
                name + "=1&" + name + "=2",
                name + "=&" + name + "=",
                name + "==",
                name + "[]=1",
                "=" + name,
                "&&&",
                "?",
                "%zz=1",
                name + "=1;" + name + "=2",
                name + "=1&unknown=" + "x".repeat(1_000),
                (name + "=1&").repeat(200));
    }
}
