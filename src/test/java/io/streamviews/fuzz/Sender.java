package io.streamviews.fuzz;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

/** Who sends a request: mostly an operator, now and then somebody else. Who says nothing is reader and writer. */
enum Sender {
    OPERATOR,
    READER,
    UNKNOWN,
    NOBODY;

    static final String HEADER = "Authorization";

    private static final int MOST = 20;

    /** What the process is told of them. */
    static Map<String, String> settings() {
        return Map.of(
                "streamviews.access.anonymous", "reader,writer",
                "streamviews.access.tokens.otto.sha256", digest(OPERATOR.token()),
                "streamviews.access.tokens.otto.roles", "reader,writer,operator",
                "streamviews.access.tokens.rita.sha256", digest(READER.token()),
                "streamviews.access.tokens.rita.roles", "reader");
    }

    /** An operator most of the time, nobody and those who are not known one time in ten. */
    static Sender any(Random random) {
        int which = random.nextInt(MOST);
        return which >= values().length ? OPERATOR : values()[which];
    }

    /** Null for who says nothing. */
    String header() {
        return this == NOBODY ? null : "Bearer " + token();
    }

    /** Whether a request with this header may not be done, whatever it is: nobody knows its sender, or it is for operators. */
    static boolean mustBeRefused(String header, String path) {
        if (path.startsWith("/api/admin/")) {
            return !OPERATOR.header().equals(header);
        }
        return header != null && !header.equals(OPERATOR.header()) && !header.equals(READER.header());
    }

    private String token() {
        return "the token of " + name();
    }

    private static String digest(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
