package io.streamviews.user.bulk;

import io.vertx.core.buffer.Buffer;

/**
 * Cuts a stream of bytes into lines, which are taken one at a time; holds one line and one piece at most. Of a line that is
 * too long it keeps nothing but says where it was.
 */
final class Lines {

    private static final byte END = '\n';

    private final int maxLength;
    private byte[] piece = {};
    private int taken;
    private Buffer rest = Buffer.buffer();
    private boolean skipping;
    private byte[] line;

    Lines(int maxLength) {
        this.maxLength = maxLength;
    }

    /** To be given when {@link #next} has said that there is no line in the former one. */
    void add(byte[] nextPiece) {
        piece = nextPiece;
        taken = 0;
    }

    /** Goes on to the next line, if its end has come. */
    boolean next() {
        for (int i = taken; i < piece.length; i++) {
            if (piece[i] == END) {
                keep(i);
                taken = i + 1;
                cut();
                return true;
            }
        }
        keep(piece.length);
        taken = piece.length;
        return false;
    }

    /** The same when no more bytes will come: a last line needs no end. */
    boolean last() {
        boolean isOne = skipping || rest.length() > 0;
        cut();
        return isOne;
    }

    /** The line without its end; null if it is too long. */
    byte[] line() {
        return line;
    }

    private void keep(int to) {
        if (skipping || rest.length() + to - taken > maxLength) {
            skipping = true;
            rest = Buffer.buffer();
        } else {
            rest.appendBytes(piece, taken, to - taken);
        }
    }

    private void cut() {
        line = skipping ? null : rest.getBytes();
        skipping = false;
        rest = Buffer.buffer();
    }
}
