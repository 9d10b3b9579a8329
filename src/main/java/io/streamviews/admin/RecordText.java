package io.streamviews.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.util.Base64;

/** A record's key or value for people: as text where it is one. */
final class RecordText {

    private RecordText() {}

    /** The bytes as UTF-8; null if they are none. */
    static String text(byte[] bytes) {
        return text(bytes, false);
    }

    /** The same; of a beginning that was cut off in the midst of a character, up to that one. */
    static String text(byte[] bytes, boolean cutOff) {
        if (bytes == null) {
            return null;
        }
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult decoded = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, !cutOff);
        return decoded.isError() ? null : text.flip().toString();
    }

    static String base64(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    /** The bytes as base64 where they are no text; else null. */
    static String base64UnlessText(byte[] bytes) {
        return text(bytes) == null ? base64(bytes) : null;
    }

    /** One printable line: what would move a terminal's cursor, or change its colours, is escaped as in JSON. */
    static String line(byte[] bytes) {
        if (bytes == null) {
            return "null";
        }
        String text = text(bytes);
        return text == null ? "base64:" + base64(bytes) : escaped(text);
    }

    private static String escaped(String text) {
        StringBuilder line = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                if (line == null) {
                    line = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                line.append(
                        switch (c) {
                            case '\n' -> "\\n";
                            case '\r' -> "\\r";
                            case '\t' -> "\\t";
                            default -> "\\u%04x".formatted((int) c);
                        });
            } else if (line != null) {
                line.append(c);
            }
        }
        return line == null ? text : line.toString();
    }
}
