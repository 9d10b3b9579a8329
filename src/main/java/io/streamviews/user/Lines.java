package io.streamviews.user;

import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into lines, holding no more than one. Of a line that is too long it keeps nothing but says where
 * it was.
 */
final class Lines {

    private static final byte END = '\n';

    private final int maxLength;
    private final Consumer<byte[]> lines;
    private Buffer rest = Buffer.buffer();
    private boolean skipping;

    /** @param lines is given each line without its end, and null for one of more than {@code maxLength} bytes */
    Lines(int maxLength, Consumer<byte[]> lines) {
        this.maxLength = maxLength;
        this.lines = lines;
    }

    void add(Buffer piece) {
        byte[] bytes = piece.getBytes();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == END) {
                keep(bytes, start, i);
                cut();
                start = i + 1;
            }
        }
        keep(bytes, start, bytes.length);
    }

    /** A last line needs no end. */
    void end() {
        if (skipping || rest.length() > 0) {
            cut();
        }
    }

    private void keep(byte[] bytes, int from, int to) {
        if (skipping || rest.length() + to - from > maxLength) {
            skipping = true;
            rest = Buffer.buffer();
        } else {
            rest.appendBytes(bytes, from, to - from);
        }
    }

    private void cut() {
        lines.accept(skipping ? null : rest.getBytes());
        skipping = false;
        rest = Buffer.buffer();
    }
}
