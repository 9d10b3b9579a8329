package io.streamviews.eventlog;

/**
 * What a text may be, the same for a request's body and for an event: a limit in characters (Unicode code points, as
 * PostgreSQL counts them) and nothing that PostgreSQL cannot store (U+0000) or UTF-8 cannot carry (half a surrogate
 * pair).
 */
public record TextRule(int maxLength, boolean blankAllowed) {

    /** A text of 1 to {@code maxLength} characters, not all of them white space. */
    public static TextRule required(int maxLength) {
        return new TextRule(maxLength, false);
    }

    /** A text of at most {@code maxLength} characters. */
    public static TextRule upTo(int maxLength) {
        return new TextRule(maxLength, true);
    }

    /** The rule that the text breaks, to be read after the field's name; {@code null} if it breaks none. */
    public String violation(String text) {
        if (!blankAllowed && text.isBlank()) {
            return "must not be blank";
        }
        int characters = 0;
        for (int i = 0; i < text.length(); i++, characters++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "must not contain the character U+0000";
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return "must not contain an unpaired surrogate";
                }
                i++;
            }
        }
        return characters > maxLength ? "must not be longer than " + maxLength + " characters" : null;
    }

    /** @throws MalformedEventException if the text is absent or breaks the rule */
    public void check(String field, String text) {
        if (text == null) {
            throw new MalformedEventException(field + ": is missing");
        }
        String violation = violation(text);
        if (violation != null) {
            throw new MalformedEventException(field + ": " + violation);
        }
    }
}
