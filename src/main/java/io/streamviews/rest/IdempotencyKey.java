package io.streamviews.rest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client calls a request that it may send again, so that it takes effect once (header {@code Idempotency-Key}, as in
 * the IETF's draft of that name). The draft has it in quotation marks, a string of RFC 9651, 3.3.3; clients that leave them
 * out mean the same key. It is one request of one client: who can guess it and its request gets its answer.
 */
public record IdempotencyKey(String value) {

    public static final String HEADER = "Idempotency-Key";

    private static final int MAX_LENGTH = 255;
    private static final Pattern BARE = Pattern.compile("[!#-~][!-~]*");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*+)\"");

    /**
     * @param header may be null
     * @return null if there is none
     * @throws RefusedException (400) if it is not 1 to 255 visible ASCII characters, or such a string
     */
    public static IdempotencyKey of(String header) {
        if (header == null) {
            return null;
        }
        Matcher quoted = QUOTED.matcher(header);
        String value = quoted.matches() ? quoted.group(1).replaceAll("\\\\(.)", "$1") : header;
        if (value.isBlank()
                || value.length() > MAX_LENGTH
                || !quoted.matches() && !BARE.matcher(value).matches()) {
            throw RefusedException.violation(
                    HEADER,
                    "must be a string such as \"8e03978e-40d5-43dd-bc93-6894a57f9324\", of 1 to %d ASCII characters"
                            .formatted(MAX_LENGTH));
        }
        return new IdempotencyKey(value);
    }
}
