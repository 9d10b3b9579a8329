package io.streamviews.fuzz;

import java.time.Duration;
import java.util.Map;

/**
 * What came back.
 *
 * @param status 0 if there was no answer
 * @param headers by their names in lower case
 * @param body as far as it was read; of a feed nothing
 * @param trouble what happened to the connection; null if nothing did
 */
record Answer(int status, Map<String, String> headers, String body, Duration took, String trouble) {

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    boolean isProblem() {
        return header("content-type").startsWith("application/problem+json");
    }
}
