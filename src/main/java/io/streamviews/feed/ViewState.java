package io.streamviews.feed;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A derived view at a moment, and the events that tell it.
 *
 * @param id tells this state from all others, whichever process has read it
 * @param rows as JSON, and how often each is there; never changed
 */
record ViewState(String view, String id, Map<String, Integer> rows) {

    private static final int ID_BYTES = 16;

    static ViewState of(String view, Map<String, Integer> rows) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new TreeMap<>(rows).forEach((row, times) -> {
                byte[] bytes = (row + '\n').getBytes(StandardCharsets.UTF_8);
                for (int i = 0; i < times; i++) {
                    digest.update(bytes);
                }
            });
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
        for (Map.Entry<String, Integer> row : rows.entrySet()) {
            for (int i = 0; i < row.getValue(); i++) {
                text.append(separator).append(row.getKey());
                separator = ",";
                if (text.length() >= part) {
                    parts.add(bytes(text.toString()));
                    text.setLength(0);
                }
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

    private static String missing(Map<String, Integer> here, Map<String, Integer> there) {
        return here.entrySet().stream()
                .flatMap(
                        row -> Collections.nCopies(
                                Math.max(0, row.getValue() - there.getOrDefault(row.getKey(), 0)), row.getKey())
                                .stream())
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
