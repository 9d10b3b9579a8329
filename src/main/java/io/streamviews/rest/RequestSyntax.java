package io.streamviews.rest;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What makes a request one that the rest of the application can rely on (RFC 9112, 3.2 and 6.1): its target is a path that
 * can be decoded in one way, it says once at most what it can only say once, its conditions are not blank, and its {@code Host} can
 * stand in a link.
 */
final class RequestSyntax {

    private static final Pattern ABSOLUTE = Pattern.compile("https?://[^/?#].*", Pattern.CASE_INSENSITIVE);
    private static final Pattern HOST = Pattern.compile("([\\w.~-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(:\\d{0,5})?");
    private static final List<CharSequence> SINGLE = List.of(
            HttpHeaders.HOST,
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.CONTENT_LENGTH,
            IdempotencyKey.HEADER,
            "Last-Event-ID");

    /** What they ask for would not be done: the framework takes a blank header for one that is absent. */
    private static final List<String> NOT_BLANK =
            List.of(ConditionalHeaders.IF_MATCH, ConditionalHeaders.IF_NONE_MATCH, IdempotencyKey.HEADER);

    private RequestSyntax() {}

    /** Null if nothing is wrong. A request of HTTP/1.0 need not have a Host, and is given this one's address. */
    static Problem check(HttpServerRequest request) {
        if (!isTarget(request.uri())) {
            return Problem.of(
                    400, "The request's target must be a path, and % begins an escape of two hexadecimal digits");
        }
        if (isDecodedTwice(request.path())) {
            return Problem.of(400, "A path with parameters (;) must not have an escaped %");
        }
        MultiMap headers = request.headers();
        for (CharSequence name : SINGLE) {
            if (headers.getAll(name).size() > 1) {
                return Problem.of(400, "There must be one " + name + " header only");
            }
        }
        for (String name : NOT_BLANK) {
            if (headers.contains(name) && String.join("", headers.getAll(name)).isBlank()) {
                return Problem.of(400, "The header " + name + " must not be blank");
            }
        }
        if (headers.contains("")) {
            return Problem.of(400, "A header must have a name");
        }
        String coding = String.join(",", headers.getAll(HttpHeaders.TRANSFER_ENCODING));
        if (!coding.isEmpty() && !coding.equalsIgnoreCase("chunked")) {
            return Problem.of(400, "Transfer-Encoding must be chunked, or absent");
        }
        if (request.version() == HttpVersion.HTTP_1_0 && !headers.contains(HttpHeaders.HOST)) {
            headers.set(HttpHeaders.HOST, host(request.localAddress()));
        }
        return isHost(request)
                ? null
                : Problem.of(400, "The Host header must be there, and must be a host's name or address");
    }

    private static boolean isTarget(String target) {
        if (!target.startsWith("/") && !ABSOLUTE.matcher(target).matches()) {
            return false;
        }
        try {
            return !new URI(target).isOpaque();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** By RESTEasy, which takes the parameters out: what would be an escape then could mean something else, or nothing. */
    private static boolean isDecodedTwice(String path) {
        return path.indexOf(';') >= 0 && path.contains("%25");
    }

    private static boolean isHost(HttpServerRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        return host != null && HOST.matcher(host).matches() && request.authority() != null;
    }

    private static String host(SocketAddress address) {
        String host = address.hostAddress();
        return (host.contains(":") ? "[" + host.replaceAll("%.*", "") + "]" : host) + ":" + address.port();
    }
}
