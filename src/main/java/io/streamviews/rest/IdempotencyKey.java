package io.streamviews.rest;

import java.util.regex.Pattern;

/**
 * What a client calls a request that it may send again, so that it takes effect once (header {@code Idempotency-Key}, as
 * in the IETF's draft of that name). It is one request of one client: who can guess it and its request gets its answer.
 */
public record IdempotencyKey(String value) {

    public static final String HEADER = "Idempotency-Key";

    private static final Pattern ALLOWED = Pattern.compile("[!-~]{1,255}");

    /**
     * @param header may be null
     * @return null if there is none
     * @throws RefusedException if it is not 1 to 255 visible ASCII characters
     */
    public static IdempotencyKey of(String header) {
        if (header == null) {
            return null;
        }
        if (!ALLOWED.matcher(header).matches()) {
            throw RefusedException.violation(HEADER, "must be 1 to 255 visible ASCII characters");
        }
        return new IdempotencyKey(header);
    }
}
