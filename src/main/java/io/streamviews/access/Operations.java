package io.streamviews.access;

import io.streamviews.rest.Admission;
import io.vertx.core.net.impl.URIDecoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Which role an operation needs, by its method and path. What is not named here needs {@link Role#OPERATOR}. A path that
 * can be read in several ways (encoded, with parameters in its segments, with dots) needs the highest role of them all, so
 * that it does not matter how whoever serves it reads it.
 */
final class Operations {

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final int MOST_READINGS = 8;

    private Operations() {}

    /** Whether a method only reads. */
    static boolean isSafe(String method) {
        return SAFE.contains(method);
    }

    static Role role(String method, String path) {
        return readings(path).stream()
                .map(reading -> roleOf(method, reading))
                .max(Comparator.naturalOrder())
                .orElse(Role.OPERATOR);
    }

    /** All that a path can mean, beginning with what stands there; empty if there is no end to it. */
    static List<String> readings(String path) {
        List<String> readings = new ArrayList<>();
        String reading = path;
        for (int i = 0; i < MOST_READINGS; i++) {
            readings.add(reading);
            String plainer = plainer(reading);
            if (plainer.equals(reading)) {
                return readings;
            }
            reading = plainer;
        }
        return List.of();
    }

    private static Role roleOf(String method, String path) {
        if (isUnder(path, "/api/admin")) {
            return Role.OPERATOR;
        }
        if (isUnder(path, "/api")) {
            return isSafe(method) ? Role.READER : Role.WRITER;
        }
        if (isForAnyone(path) && (method.equals("GET") || method.equals("HEAD"))) {
            return Role.ANYONE;
        }
        return isUnder(path, "/q/metrics") || isUnder(path, "/q/openapi") || isUnder(path, "/q/asyncapi")
                ? Role.READER
                : Role.OPERATOR;
    }

    /** The console, too, and the files it is made of: it has no data in it. */
    private static boolean isForAnyone(String path) {
        return path.equals("/")
                || isUnder(path, "/console")
                || isUnder(path, "/_static")
                || isUnder(path, "/problems")
                || Admission.HEALTH.contains(path);
    }

    private static boolean isUnder(String path, String parent) {
        return path.startsWith(parent) && (path.length() == parent.length() || path.charAt(parent.length()) == '/');
    }

    /** One step of what any reader of paths may do with one. Nothing, with most: every request comes by here. */
    private static String plainer(String path) {
        if (isPlain(path)) {
            return path;
        }
        String plain = path.replace('\\', '/').replaceAll(";[^/]*", "").replaceAll("/{2,}", "/");
        plain = plain.replaceAll("/\\.(?=/|$)", "").replaceFirst("(/[^/]+)?/\\.\\.(?=/|$)", "");
        return plain.indexOf('%') < 0 ? plain : decoded(plain);
    }

    /** Whether there is nothing in it that a step would change. */
    private static boolean isPlain(String path) {
        return path.indexOf('\\') < 0
                && path.indexOf(';') < 0
                && path.indexOf('%') < 0
                && !path.contains("//")
                && !path.contains("/.");
    }

    private static String decoded(String path) {
        try {
            return URIDecoder.decodeURIComponent(path, false);
        } catch (IllegalArgumentException malformed) {
            return path;
        }
    }
}
