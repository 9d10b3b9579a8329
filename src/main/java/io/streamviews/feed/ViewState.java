package io.streamviews.feed;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A derived view at a moment, and the events that tell it.
 *
 * @param id tells this state from all others, whichever process has read it
 * @param rows as JSON; never changed
 */
record ViewState(String view, String id, Set<String> rows) {

    private static final int ID_BYTES = 16;

    static ViewState of(String view, Set<String> rows) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String row : new TreeSet<>(rows)) {
                digest.update(row.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) '\n');
            }
            return new ViewState(view, HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES), rows);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has it", e);
        }
    }

    /** For a client that knows a state already. */
    static byte[] start(String view, String id) {
        return SseEvent.of("start", bytes("{\"view\":\"%s\"}".formatted(view)), id)
                .bytes();
    }

    /** All of it, as one event in parts of no more than so many characters, but for the row that reaches them. */
    List<byte[]> snapshot(int part) {
        List<byte[]> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder("event: snapshot\ndata: {\"view\":\"%s\",\"rows\":[".formatted(view));
        String separator = "";
        for (String row : rows) {
            text.append(separator).append(row);
            separator = ",";
            if (text.length() >= part) {
                parts.add(bytes(text.toString()));
                text.setLength(0);
            }
        }
        parts.add(bytes(text.append("]}\nid: ").append(id).append("\n\n").toString()));
        return parts;
    }

    /** For a client that knows the state before: the rows that went, and those that came. */
    byte[] since(ViewState before) {
        String json = "{\"view\":\"%s\",\"removed\":%s,\"added\":%s}"
                .formatted(view, missing(before.rows, rows), missing(rows, before.rows));
        return SseEvent.of("change", bytes(json), id).bytes();
    }

    private static String missing(Set<String> here, Set<String> there) {
        return here.stream().filter(row -> !there.contains(row)).collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
