package io.streamviews.user.bulk;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * What has been read of a stream's body and not been dealt with, given out in slices; inflates one slice at a time. Tells if
 * more does not come in time. To be used on one event loop.
 */
final class BulkBody {

    private static final int SLICE_BYTES = 4_096;

    private static final long NONE = -1;

    private final Duration patience;
    private final Gunzip gunzip;
    private final byte[] inflated;
    private Buffer read = Buffer.buffer();
    private Vertx vertx;
    private long timer = NONE;
    private int taken;
    private boolean empty = true;

    /**
     * @param gzip whether the body is compressed
     * @param patience how long more of it is waited for
     */
    BulkBody(boolean gzip, Duration patience) {
        this.patience = patience;
        gunzip = gzip ? new Gunzip() : null;
        inflated = gzip ? new byte[SLICE_BYTES] : null;
    }

    void add(Buffer bytes) {
        expectNothing();
        read = taken == read.length()
                ? bytes
                : read.getBuffer(taken, read.length()).appendBuffer(bytes);
        taken = 0;
        empty = false;
    }

    /** From now on more has to come in time, unless that is so already. */
    void expect(Runnable late) {
        if (timer == NONE) {
            vertx = Vertx.currentContext().owner();
            timer = vertx.setTimer(patience.toMillis(), elapsed -> {
                timer = NONE;
                late.run();
            });
        }
    }

    void expectNothing() {
        if (timer != NONE) {
            vertx.cancelTimer(timer);
            timer = NONE;
        }
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
        expectNothing();
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
