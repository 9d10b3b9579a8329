package io.streamviews.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a client can get wrong in the protocol itself, each with the status that it has to be answered with. */
final class ProtocolCases {

    /** @param statuses one of them must be the answer's; empty: any below 500 */
    record Case(Request request, List<Integer> statuses) {}

    private static final String USER = "{\"name\":\"x\",\"email\":\"a@b.cd\"}";
    private static final String POST =
            "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    private static final String BULK =
            "POST /api/users/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

    /** More than the limit of 2 MiB. */
    private static final int TOO_MUCH = 2_500_000;

    private final List<Case> cases = new ArrayList<>();

    private ProtocolCases() {}

    static List<Case> all() {
        ProtocolCases all = new ProtocolCases();
        all.requestLines();
        all.hosts();
        all.headers();
        all.lengths();
        all.paths();
        all.methods();
        all.negotiation();
        return all.cases;
    }

    private void requestLines() {
        add("a request line of 100,000 characters", "GET /" + "x".repeat(100_000) + get(""), 414);
        add("one word", "HELLO\r\n\r\n", 400);
        add("no version", "GET /api/users\r\nHost: localhost\r\n\r\n", 400);
        add("a strange version", "GET /api/users HTTP/x\r\nHost: localhost\r\n\r\n", 400);
        add("version 3.7", "GET /api/users HTTP/3.7\r\nHost: localhost\r\n\r\n", 400);
        add("a protocol that is not HTTP", "GET /api/users FTP/1.1\r\nHost: localhost\r\n\r\n", 400);
        add("blanks in the target", "GET /api/users/1 2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
        add("no target", "GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
        add("a target that is no path", "GET api/users HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404);
        add("a target of only a query", "GET ?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404);
        add("an absolute target", "GET http://localhost/api/users HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
        add("an absolute target that is none", "GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404);
        add("an absolute target elsewhere", "GET http://%00/api/users HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, 400);
        add("a star", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404);
        add("a star for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add("an authority", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404, 405);
        add("two slashes", "GET //api//users" + get(""), 200, 400, 404);
        add("dots", "GET /api/./users/../users" + get(""), 200, 400, 404);
        add("dots above the root", "GET /../../etc/passwd" + get(""), 400, 404);
        add("a NUL", "GET /api/users\u0000" + get(""), 400);
        add("a lower-case method", "get /api/users" + get(""), 400, 405);
    }

    private void hosts() {
        add(
                "HTTP/1.0 without a Host",
                "POST /api/users HTTP/1.0\r\nContent-Type: application/json\r\n" + sized(USER),
                201);
        add("HTTP/1.0 without a Host, to read", "GET /api/users?limit=1 HTTP/1.0\r\n\r\n", 200);
        add(
                "HTTP/1.1 without a Host",
                "POST /api/users HTTP/1.1\r\nContent-Type: application/json\r\n" + sized(USER),
                400);
        for (String host : List.of(
                "",
                " ",
                "%00",
                "%zz",
                "a b",
                "a/b",
                "a@b",
                ":",
                ":80",
                "localhost:",
                "localhost:x",
                "localhost:99999999999",
                "localhost:-1",
                "[",
                "[::1",
                "[::1]x",
                "[zz]",
                "a,b",
                "\u00e9",
                "\u0001",
                "<script>",
                "..",
                "x".repeat(5_000))) {
            for (String method : List.of("POST", "GET")) {
                String head =
                        method + " /api/users HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n";
                add("Host " + Request.printable(host, 20), head + (method.equals("GET") ? "\r\n" : sized(USER)));
            }
        }
        add(
                "Host %00",
                "POST /api/users HTTP/1.1\r\nHost: %00\r\nContent-Type: application/json\r\n" + sized(USER), 400);
        add("two Hosts", "GET /api/users HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
        add("an address as Host", "GET /api/users?limit=1 HTTP/1.1\r\nHost: [::1]:8081\r\n\r\n", 200);
        add(
                "a name of Docker Compose as Host",
                "GET /api/users?limit=1 HTTP/1.1\r\nHost: user_service:8081\r\n\r\n",
                200);
    }

    private void headers() {
        add("a header of 100,000 bytes", "GET /api/users" + get("X: " + "x".repeat(100_000) + "\r\n"), 431);
        add("10,000 headers", "GET /api/users" + get("X: y\r\n".repeat(10_000)), 431);
        add("a header without a colon", "GET /api/users" + get("garbage\r\n"), 400);
        add("a header without a name", "GET /api/users" + get(": x\r\n"), 400);
        add("a blank in a header's name", "GET /api/users" + get("X Y: x\r\n"), 400);
        add("a blank before the colon", "GET /api/users" + get("X : x\r\n"), 400);
        add("a NUL in a header", "GET /api/users" + get("X: \u0000\r\n"), 400);
        add("a folded header", "GET /api/users?limit=1" + get("X: a\r\n b\r\n"), 200, 400);
        add("a bare CR in a header", "GET /api/users" + get("X: a\rb\r\n"), 400);
        add("If-Match twice", "DELETE /api/users/1" + get("If-Match: \"8\"\r\nIf-Match: \"9\"\r\n"), 404, 412);
        add("Idempotency-Key twice", POST + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n" + sized(USER), 400);
        add("Content-Type twice", POST + "Content-Type: text/plain\r\n" + sized(USER), 400, 415);
        add("an upgrade to nothing", "GET /api/users?limit=1" + get("Connection: Upgrade\r\nUpgrade: foo\r\n"), 200);
        add(
                "an upgrade to a WebSocket",
                "GET /api/users?limit=1"
                        + get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n"));
        add("an expectation that nobody knows", POST + "Expect: a-miracle\r\n" + sized(USER), 201, 417);
    }

    private void lengths() {
        add("no length and no body", POST + "\r\n", 400);
        add("a length of letters", POST + "Content-Length: abc\r\n\r\n" + USER, 400);
        add("a length below 0", POST + "Content-Length: -1\r\n\r\n" + USER, 400);
        add("a length with a sign", POST + "Content-Length: +5\r\n\r\n" + USER, 400);
        add("an empty length", POST + "Content-Length: \r\n\r\n" + USER, 400);
        add("a length without end", POST + "Content-Length: " + "9".repeat(400) + "\r\n\r\n" + USER, 400, 413);
        add("a length over the limit", POST + "Content-Length: 9223372036854775807\r\n\r\n" + USER, 413);
        add("two lengths", POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + USER, 400);
        add("two lengths in one", POST + "Content-Length: 5, 6\r\n\r\n" + USER, 400);
        add("a length of letters, as a stream", BULK + "Content-Length: abc\r\n\r\n" + USER, 400);
        add("both a length and chunks", POST + CHUNKED + sized(chunk(USER) + "0\r\n\r\n"), 201, 400);
        add("an unknown transfer coding", POST + "Transfer-Encoding: nothing\r\n\r\n" + USER, 400, 501);
        add("chunked, not last", POST + "Transfer-Encoding: chunked, gzip\r\n\r\n" + chunk(USER) + "0\r\n\r\n", 400);
        add("chunked twice", POST + CHUNKED + CHUNKED + "\r\n" + chunk(USER) + "0\r\n\r\n", 201, 400);
        add("chunked in HTTP/1.0", POST.replace("1.1", "1.0") + CHUNKED + "\r\n" + chunk(USER) + "0\r\n\r\n", 201, 400);
        add("a chunk's size of letters", POST + CHUNKED + "\r\nzz\r\n" + USER, 400);
        add("a chunk's size below 0", POST + CHUNKED + "\r\n-5\r\n" + USER, 400);
        add("a chunk's size without end", POST + CHUNKED + "\r\n" + "f".repeat(40) + "\r\n" + USER, 400, 413);
        add("a chunk's size of letters, as a stream", BULK + CHUNKED + "\r\nzz\r\n" + USER, 400);
        add("a chunk longer than it says", POST + CHUNKED + "\r\n3\r\n" + USER + "\r\n0\r\n\r\n", 400);
        add(
                "chunks over the limit",
                POST + CHUNKED + "\r\n" + chunk("x".repeat(1_000)).repeat(TOO_MUCH / 1_000) + "0\r\n\r\n",
                413);
        add("chunks of one user over the limit", POST + CHUNKED + "\r\n" + large() + "0\r\n\r\n", 413);
        add(
                "chunks over the limit, where none are taken",
                "GET /api/users" + get(CHUNKED) + large() + "0\r\n\r\n",
                200,
                413);
        add("chunks over the limit, to nobody", "POST /nothing" + get(CHUNKED) + large() + "0\r\n\r\n", 404, 413);
        add("a body for GET", "GET /api/users?limit=1" + get("Content-Length: 3\r\n") + "abc", 200);
    }

    private void paths() {
        for (String path : List.of(
                "/",
                "/nothing",
                "/api",
                "/api/",
                "/api/nothing",
                "/q",
                "/q/",
                "/q/nothing",
                "/favicon.ico",
                "/api/users/",
                "/api/users/bulk",
                "/api/users/1/",
                "/api/users/x",
                "/api/views/user_view",
                "/api/views/x/y/z",
                "/%00")) {
            add("nothing at " + path, "PUT " + path + get(""));
            add("nothing at " + path, "GET " + path + get(""));
        }
        for (String prefix :
                List.of("/", "/api/users/", "/api/posts/by-department/", "/q/", "/api/views/", "/api/users/bulk")) {
            for (String escape : List.of("%zz", "%", "%0", "%u0041")) {
                add("escape " + escape + " behind " + prefix, "GET " + prefix + escape + get(""), 400);
                add("escape " + escape + " behind " + prefix, "GET " + prefix + "?a=" + escape + get(""), 400);
            }
        }
        add("a form of the document that is none", "GET /q/openapi?format=x" + get(""));
        add("a body for the health", "POST /q/health" + get("Content-Length: 3\r\n") + "abc");
        add("a deletion of the metrics", "DELETE /q/metrics" + get(""));
        add("the document as nothing", "GET /q/openapi" + get("Accept: ;;\r\n"));
    }

    private void methods() {
        Map<String, String> paths = new TreeMap<>(Map.of(
                "/api/users",
                "PUT",
                "/api/users/1",
                "POST",
                "/api/users/bulk",
                "GET",
                "/api/posts",
                "DELETE",
                "/api/posts/1",
                "PATCH",
                "/api/views/user_view/changes",
                "POST",
                "/api/admin/topics/user-events/records",
                "DELETE",
                "/api/admin/rebuilds",
                "FOO",
                "/api/departments/stats",
                "TRACE"));
        paths.forEach((path, method) -> add(method + " where there is none", method + " " + path + get(""), 405));
        add("PUT of a stream", BULK.replace("POST", "PUT") + sized(USER), 405);
    }

    private void negotiation() {
        for (String type : List.of("text/plain", "application/xml", "garbage", "application/x-www-form-urlencoded")) {
            String typed = "Content-Type: " + type + "\r\n";
            add("body of " + type, "POST /api/users" + get(typed, sized(USER)), 415, 400);
            add("stream of " + type, "POST /api/users/bulk" + get(typed, sized(USER)), 415);
        }
        add("body of nothing", "POST /api/users" + get("", sized(USER)), 415, 201);
        for (String path : List.of("/api/users", "/api/views/user_view/changes", "/api/posts/1")) {
            add("to accept " + path + " as HTML only", "GET " + path + get("Accept: text/html\r\n"), 406);
        }
        add(
                "to accept records as HTML only",
                "GET /api/admin/topics/user-events/records" + get("Accept: text/html\r\n"),
                406,
                404);
        add("to accept a stream's answer as HTML only", BULK + "Accept: text/html\r\n" + sized(USER), 406);
    }

    private void add(String what, String request, Integer... statuses) {
        String method = request.startsWith("HEAD ") ? "HEAD" : "";
        cases.add(new Case(new Request(null, method, what, false, false, request.getBytes(UTF_8)), List.of(statuses)));
    }

    /** What follows the target. */
    private static String get(String headers) {
        return get(headers, "\r\n");
    }

    private static String get(String headers, String rest) {
        return " HTTP/1.1\r\nHost: localhost\r\n%s: %s\r\n".formatted(Sender.HEADER, Sender.OPERATOR.header())
                + headers
                + rest;
    }

    private static String sized(String body) {
        return "Content-Length: %d\r\n\r\n%s".formatted(body.getBytes(UTF_8).length, body);
    }

    private static String chunk(String part) {
        return Integer.toHexString(part.length()) + "\r\n" + part + "\r\n";
    }

    private static String large() {
        return chunk("{\"name\":\"")
                + chunk("x".repeat(10_000)).repeat(TOO_MUCH / 10_000)
                + chunk("\",\"email\":\"a@b.cd\"}");
    }
}
