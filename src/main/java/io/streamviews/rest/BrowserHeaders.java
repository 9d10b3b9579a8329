package io.streamviews.rest;

import io.quarkus.runtime.LaunchMode;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What every answer tells browsers: nothing here is a page of anybody else, or a file to guess the type of. Set where a
 * request comes in, before anything can answer it.
 */
final class BrowserHeaders {

    private static final Map<String, String> ALWAYS =
            Map.of("X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY", "Referrer-Policy", "no-referrer");

    private BrowserHeaders() {}

    /** Dev mode's pages have scripts. */
    static void set(BiConsumer<String, String> headers) {
        ALWAYS.forEach(headers);
        if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
            headers.accept("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        }
    }
}
