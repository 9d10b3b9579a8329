package io.streamviews.user;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/** What has been read of a stream's body and not been dealt with, given out in slices; inflates one slice at a time. */
final class BulkBody {

    private static final int SLICE_BYTES = 4_096;

    private final Gunzip gunzip;
    private final byte[] inflated;
    private Buffer read = Buffer.buffer();
    private int taken;
    private boolean empty = true;

    /** @param gzip whether the body is compressed */
    BulkBody(boolean gzip) {
        gunzip = gzip ? new Gunzip() : null;
        inflated = gzip ? new byte[SLICE_BYTES] : null;
    }

    void add(Buffer bytes) {
        read = taken == read.length()
                ? bytes
                : read.getBuffer(taken, read.length()).appendBuffer(bytes);
        taken = 0;
        empty = false;
    }

    /** The next slice, or null if there is none before more is added. */
    byte[] next() {
        byte[] slice = gunzip == null ? take() : inflate();
        empty = slice == null;
        return slice;
    }

    /** Whether {@link #next} has said so. */
    boolean isEmpty() {
        return empty;
    }

    /** @throws io.streamviews.rest.RefusedException if the body cannot end here */
    void end() {
        if (gunzip != null) {
            gunzip.end();
        }
    }

    void close() {
        empty = true;
        if (gunzip != null) {
            gunzip.close();
        }
    }

    private byte[] take() {
        if (taken == read.length()) {
            return null;
        }
        int from = taken;
        taken = Math.min(from + SLICE_BYTES, read.length());
        return read.getBytes(from, taken);
    }

    private byte[] inflate() {
        int length = gunzip.inflate(inflated);
        while (length == 0) {
            byte[] compressed = take();
            if (compressed == null) {
                return null;
            }
            gunzip.add(compressed);
            length = gunzip.inflate(inflated);
        }
        return Arrays.copyOf(inflated, length);
    }
}
