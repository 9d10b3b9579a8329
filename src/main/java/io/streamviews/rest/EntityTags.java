package io.streamviews.rest;

import jakarta.ws.rs.core.EntityTag;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a conditional header lists (RFC 9110, 8.8.3): entity tags, or {@code *} for any.
 *
 * @param tags empty if it is any
 */
record EntityTags(List<EntityTag> tags) {

    private static final String ANY = "*";
    private static final Pattern ELEMENT =
            Pattern.compile("[ \t]*(?:(W/)?\"([\\x21\\x23-\\x7e\\x80-\\x{10ffff}]*)\")?[ \t]*(?:,|$)");

    /**
     * @param lines of the header; null or empty if it is absent
     * @return null if it is absent
     * @throws RefusedException (400) if it lists nothing, or what is no entity tag
     */
    static EntityTags of(String header, List<String> lines) {
        if (lines == null || lines.isEmpty()) {
            return null;
        }
        String list = String.join(",", lines);
        if (list.strip().equals(ANY)) {
            return new EntityTags(List.of());
        }
        List<EntityTag> tags = new ArrayList<>();
        Matcher element = ELEMENT.matcher(list);
        for (int at = 0; at < list.length(); at = element.end()) {
            if (!element.region(at, list.length()).lookingAt()) {
                throw malformed(header);
            }
            if (element.group(2) != null) {
                tags.add(new EntityTag(element.group(2), element.group(1) != null));
            }
        }
        if (tags.isEmpty()) {
            throw malformed(header);
        }
        return new EntityTags(tags);
    }

    private static RefusedException malformed(String header) {
        return RefusedException.violation(header, "must be *, or entity tags such as \"7\"");
    }

    /** Strong comparison: a weak tag is none of them. */
    boolean listStrongly(EntityTag tag) {
        return tags.isEmpty() || !tag.isWeak() && tags.contains(tag);
    }

    /** Weak comparison. */
    boolean listWeakly(EntityTag tag) {
        return tags.isEmpty() || tags.stream().anyMatch(each -> each.getValue().equals(tag.getValue()));
    }
}
