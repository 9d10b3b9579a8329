package io.streamviews.feed;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The latest elements of an endless sequence, bounded in bytes: the oldest make room. Who reads it keeps the number of the
 * element that comes next, and holds nothing. Thread-safe.
 */
final class RingBuffer<E> {

    private final Map<Long, Slot<E>> slots = new HashMap<>();
    private final long capacity;
    private long bytes;
    private long first;
    private long end;
    private E before;

    RingBuffer(long capacity) {
        this.capacity = capacity;
    }

    private record Slot<E>(E element, int bytes) {}

    /** Forgets all. Whoever has read up to here is behind. */
    synchronized void restart(E origin) {
        slots.clear();
        bytes = 0;
        before = origin;
        end++;
        first = end;
    }

    synchronized void add(E element, int size) {
        slots.put(end++, new Slot<>(element, size));
        bytes += size;
        while (bytes > capacity) {
            Slot<E> oldest = slots.remove(first++);
            bytes -= oldest.bytes();
            before = oldest.element();
        }
    }

    /** Null if it has not come yet, or has had to go: see {@link #isBehind}. */
    synchronized E get(long number) {
        Slot<E> slot = slots.get(number);
        return slot == null ? null : slot.element();
    }

    synchronized boolean isBehind(long number) {
        return number < first;
    }

    /** The number of what follows the last element that is known to a reader; -1 if what follows has had to go. */
    synchronized long after(Predicate<E> known) {
        for (long number = end - 1; number >= first; number--) {
            if (known.test(slots.get(number).element())) {
                return number + 1;
            }
        }
        return before != null && known.test(before) ? first : -1;
    }
}
