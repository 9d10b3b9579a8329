package io.streamviews.source;

import io.streamviews.eventlog.TextRule;
import java.util.UUID;

/** Texts, truth values and UUIDs, read from what stands in a record. */
final class Values {

    private static final int UUID_LENGTH = 36;
    private static final TextRule ANY_TEXT = TextRule.upTo(Integer.MAX_VALUE);

    private Values() {}

    static Object bool(String text, boolean bare) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new Unfit("true or false");
        };
    }

    static Object uuid(String text, boolean bare) {
        if (text.length() != UUID_LENGTH) {
            throw notUuid();
        }
        long high = hex(text, 0, 8) << 32 | hex(text, 9, 13) << 16 | hex(text, 14, 18);
        long low = hex(text, 19, 23) << 48 | hex(text, 24, 36);
        return new UUID(high, low);
    }

    private static long hex(String text, int from, int to) {
        if (to < UUID_LENGTH && text.charAt(to) != '-') {
            throw notUuid();
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0 || text.charAt(i) > 'f') {
                throw notUuid();
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private static Unfit notUuid() {
        return new Unfit("a UUID of 36 characters");
    }

    static Object text(String text, boolean bare) {
        return checked(text, ANY_TEXT);
    }

    /** @param length in characters; less than 1 if any will do */
    static Parsing textUpTo(int length) {
        TextRule rule = length < 1 ? ANY_TEXT : TextRule.upTo(length);
        return (text, bare) -> checked(text, rule);
    }

    /** A text whose blanks at the end do not count. */
    static Parsing padded(int length) {
        Parsing any = textUpTo(length);
        return (text, bare) -> {
            int end = text.length();
            while (end > 0 && text.charAt(end - 1) == ' ') {
                end--;
            }
            return any.parse(text.substring(0, end), bare);
        };
    }

    /** A bit string: a truth value is a single bit. */
    static Object bits(String text, boolean bare) {
        return bare && (text.equals("true") || text.equals("false"))
                ? text.equals("true") ? "1" : "0"
                : text(text, bare);
    }

    private static String checked(String text, TextRule rule) {
        String violation = rule.violation(text);
        if (violation != null) {
            throw new Unfit(
                    "a text that " + violation.replace("must not", "does not").replace("does not be", "is not"));
        }
        return text;
    }
}
