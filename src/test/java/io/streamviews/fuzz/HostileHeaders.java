package io.streamviews.fuzz;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Headers, each with values that nobody should send: those that the document names, and those that everybody sends. */
final class HostileHeaders {

    private static final List<String> ANY = List.of(
            "",
            " ",
            "\t",
            ",",
            ", ,",
            "garbage",
            "\"",
            "\u00e9\u00ff",
            "한",
            "\u0001",
            "a\u0000b",
            "x".repeat(300),
            "x,".repeat(4_000),
            "x".repeat(19_000),
            "-1",
            "9".repeat(400),
            "${jndi:ldap://x}",
            "' OR 1=1 --",
            "{}",
            "%zz");

    private static final Map<String, List<String>> OWN = new TreeMap<>(Map.ofEntries(
            Map.entry("If-Match", tags()),
            Map.entry("If-None-Match", tags()),
            Map.entry("Idempotency-Key", List.of("a b", "\u00fc", "k".repeat(256), "ключ", "a\tb", "\"k\"")),
            Map.entry(
                    "Consistency-Token",
                    List.of(
                            "user:1",
                            "user:1:",
                            "user::1",
                            ":1:1",
                            "user:-1:1",
                            "user:1:-1",
                            "user:999999999999999999:1",
                            "user:1:999999999999999999",
                            "user:1:1000000000000000000",
                            "user:9223372036854775808:1",
                            "post:1:1",
                            "comment:1:1",
                            "user_view:1:1",
                            "USER:1:1",
                            "user:1:1:1",
                            "user:١:1",
                            "user:1:1,",
                            ",user:1:1",
                            "user:1:1;user:2:1",
                            "\u0000:1:1",
                            many("user:1:", 1, 1_002, ","),
                            many("user:99999999", 10, 50, ":1,") + ":1")),
            Map.entry(
                    "Prefer",
                    List.of("wait=0", "wait=-1", "wait=999999999", "wait=9999999999", "wait", "wait=", "wait=a")),
            Map.entry(
                    "Last-Event-ID",
                    List.of(
                            "0",
                            "0:",
                            ":0",
                            "0:0",
                            "0:-1",
                            "-1:0",
                            "6:0",
                            "0:999999999999999999",
                            "0:9223372036854775808",
                            "999999999:0",
                            "99999999999:0",
                            "0:1,0:2",
                            "0:0,",
                            ",0:0",
                            "0:0,,1:0",
                            many("0:", 0, 2_000, ","),
                            many("", 0, 2_000, ":1,") + ":1",
                            "٠:١")),
            Map.entry(
                    "Accept",
                    List.of(
                            "text/html",
                            "application/xml",
                            "application/json;q=0",
                            "application/json;q=abc",
                            "application/json;q=-1",
                            "*/*;q=2",
                            "*/html",
                            "a/b/c",
                            "/",
                            ";;;",
                            "application/",
                            "application/json;",
                            "application/json, ".repeat(500),
                            "text/plain;charset=nope")),
            Map.entry(
                    "Content-Type",
                    List.of(
                            "text/plain",
                            "application/xml",
                            "application/",
                            "/json",
                            "application/json/x",
                            ";charset=utf-8",
                            "application/json;charset=no-such",
                            "application/json;charset=utf-16",
                            "application/json;charset=",
                            "application/json;;",
                            "application/json; charset=\"",
                            "application/json, application/json",
                            "application/*",
                            "*/*",
                            "APPLICATION/JSON",
                            "multipart/form-data",
                            "multipart/form-data; boundary=",
                            "application/x-www-form-urlencoded",
                            "application/x-ndjson;;",
                            "application/x-ndjson;charset=utf-16")),
            Map.entry("Content-Encoding", List.of("gzip", "GZIP", "br", "identity", "deflate", "gzip, gzip")),
            Map.entry("Accept-Encoding", List.of("gzip;q=abc", "identity;q=0")),
            Map.entry("Range", List.of("bytes=0-", "bytes=5-2")),
            Map.entry("Expect", List.of("100-continue", "200-ok")),
            Map.entry("Cookie", List.of("=;=;=", "a=\"")),
            Map.entry("Authorization", List.of("Basic", "Basic %%%", "Bearer", "Nothing x")),
            Map.entry("X-Forwarded-Host", List.of("%00", "a b")),
            Map.entry("X-HTTP-Method-Override", List.of("DELETE")),
            Map.entry("Origin", List.of("null", "http://%00")),
            Map.entry("Access-Control-Request-Method", List.of("NONE"))));

    private HostileHeaders() {}

    static List<String> names() {
        return List.copyOf(OWN.keySet());
    }

    static List<String> values(String name) {
        return Stream.concat(ANY.stream(), OWN.getOrDefault(name, List.of()).stream())
                .toList();
    }

    private static List<String> tags() {
        return List.of(
                "*",
                "**",
                "*, \"1\"",
                "1",
                "\"1",
                "1\"",
                "\"\"",
                "\"999\"",
                "W/\"1\"",
                "w/\"999\"",
                "W/",
                "W/1",
                "'999'",
                "\"999999\" \"999998\"",
                "\"999999\",",
                ",\"999999\"",
                "\"999999\", garbage",
                "\"a b\"",
                "\"\u00fc\"",
                "\"999999\"".repeat(500),
                "\"999999\", ".repeat(1_000));
    }

    private static String many(String prefix, int from, int to, String separator) {
        return IntStream.range(from, to)
                .mapToObj(i -> prefix + i)
                .reduce((a, b) -> a + separator + b)
                .orElseThrow();
    }
}
