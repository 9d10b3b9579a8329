package io.streamviews.rest;

import jakarta.inject.Singleton;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the bodies of requests take that have not been answered: no more than may be. Where there is no room, of those that
 * have not come whole the one that began first is refused, so that those who hold theirs back keep out nobody who does not.
 */
@Singleton
final class HeldBodies {

    /** What a piece takes beside its bytes, of which it may have one. */
    private static final int PIECE = 256;

    private static final long RELEASED = -1;

    /** Who takes longer for a body has to make room where requests are too many. */
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long most;
    private final ConcurrentSkipListSet<Body> coming = new ConcurrentSkipListSet<>();
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong all = new AtomicLong();

    HeldBodies(LimitsConfig limits) {
        this.most = limits.bodyBytes().asLongValue();
    }

    /** @param refuse called once, on any thread, if it is refused */
    Body of(Runnable refuse) {
        return new Body(refuse);
    }

    /** Refuses the request whose body has been coming for longest, if that is long; says whether there was one. */
    boolean makeRoom() {
        for (Body first : coming) {
            if (System.nanoTime() - first.begunAt < SLOW_NANOS) {
                return false;
            }
            if (coming.remove(first)) {
                first.release();
                first.refuse.run();
                return true;
            }
        }
        return false;
    }

    /** One request's body. */
    final class Body implements Comparable<Body> {

        private final Runnable refuse;
        private volatile long number;
        private volatile long begunAt;
        private final AtomicLong held = new AtomicLong();

        private Body(Runnable refuse) {
            this.refuse = refuse;
        }

        /** Somebody reads it; until then nothing comes. */
        void begin() {
            if (number == 0 && held.get() != RELEASED) {
                begunAt = System.nanoTime();
                number = begun.incrementAndGet();
                coming.add(this);
            }
        }

        /** A piece has come. What comes of a request that has been answered is thrown away, and takes nothing. */
        void add(int length) {
            long bytes = length + PIECE;
            if (held.getAndUpdate(now -> now == RELEASED ? RELEASED : now + bytes) == RELEASED) {
                return;
            }
            all.addAndGet(bytes);
            while (all.get() > most) {
                Body first = coming.pollFirst();
                if (first == null) {
                    return;
                }
                first.release();
                first.refuse.run();
            }
        }

        /** It has come whole. */
        void complete() {
            coming.remove(this);
        }

        /** The request has been answered, or its client is gone; or it is refused. */
        void release() {
            coming.remove(this);
            all.addAndGet(-Math.max(0, held.getAndSet(RELEASED)));
        }

        @Override
        public int compareTo(Body other) {
            return Long.compare(number, other.number);
        }
    }
}
