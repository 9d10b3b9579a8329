package io.streamviews.projection;

/**
 * A partition in the hands of one stream thread, from its assignment until it is taken away. Nothing is fetched before it
 * has been taken over, nor while its task has no room; an assignment of the same partition that comes later is another
 * one, so that a thread that has lost it cannot use the epoch, or the room, of the next.
 *
 * <p>The consumer's thread takes it over, the task says whether it has room, from any thread.
 */
final class Assignment {

    private static final long NONE = 0;

    private volatile long epoch = NONE;
    private volatile boolean full;
    private volatile boolean paused;
    private volatile boolean outdone;

    void takenOver(long epoch) {
        this.epoch = epoch;
    }

    /**
     * The epoch at which it was taken over.
     *
     * @throws IllegalStateException if it was not
     */
    long epoch() {
        if (epoch == NONE) {
            throw new IllegalStateException("Not taken over yet, and read already");
        }
        return epoch;
    }

    void hasRoom(boolean room) {
        full = !room;
    }

    void pause(boolean paused) {
        this.paused = paused;
    }

    /** PostgreSQL says which epoch the partition is at. */
    void seen(long current) {
        long own = epoch;
        if (own != NONE && current > own) {
            outdone = true;
        }
    }

    /** Whether the partition has been given to somebody else, or has to be taken over again. */
    boolean isOutdone() {
        return outdone;
    }

    /** Whether nothing of it may be fetched just now. */
    boolean isHeldBack() {
        return full || paused || epoch == NONE;
    }
}
