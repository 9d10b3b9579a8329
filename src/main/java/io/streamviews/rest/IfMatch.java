package io.streamviews.rest;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The condition of an {@code If-Match} header (RFC 9110, 13.1.1): the version that a command is meant for. Absent and
 * {@code *} allow every version. The comparison is strong, so a weak tag matches nothing, and neither does what is no
 * entity tag at all: a client that asks for protection gets it, or 412.
 */
public record IfMatch(String header) {

    public static final String HEADER = "If-Match";

    private static final Pattern TAG = Pattern.compile("(W/)?\"([^\"]*)\"");

    public static final IfMatch ANY = new IfMatch(null);

    /** @param values the header's lines; null or empty if there is none */
    public static IfMatch of(List<String> values) {
        return values == null || values.isEmpty()
                ? ANY
                : new IfMatch(String.join(", ", values).strip());
    }

    /** @throws RefusedException (412) if the header does not allow the version */
    public void check(long version) {
        if (header != null && !header.equals("*") && !lists(version)) {
            throw RefusedException.stale(header, version);
        }
    }

    private boolean lists(long version) {
        String expected = Long.toString(version);
        Matcher tags = TAG.matcher(header);
        while (tags.find()) {
            if (tags.group(1) == null && tags.group(2).equals(expected)) {
                return true;
            }
        }
        return false;
    }
}
