package io.streamviews.rest;

import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The answers that have been given and that their clients have not taken: no more bytes of them than may be. Where there is
 * no room, the client that has taken nothing for longest is cut, so that those who do not read keep out nobody who does. Until
 * the kernel's buffers have been drained once, for some tenths of a second, nobody can tell one from the other: where more
 * answers than may be are given within that time, a client that reads may be cut, too.
 */
@Singleton
final class UnreadAnswers {

    private final long most;
    private final Map<UnreadAnswer, Long> bytes = new ConcurrentHashMap<>();
    private final AtomicLong all = new AtomicLong();

    UnreadAnswers(LimitsConfig limits) {
        this.most = limits.unreadBytes().asLongValue();
    }

    /** On the answer's event loop. */
    void add(UnreadAnswer answer, long length) {
        answer.given();
        bytes.put(answer, length);
        all.addAndGet(length);
        while (all.get() > most) {
            Optional<UnreadAnswer> longest =
                    bytes.keySet().stream().max(Comparator.comparingLong(UnreadAnswer::unreadFor));
            if (longest.isEmpty()) {
                return;
            }
            forget(longest.get());
            longest.get().cutSoon();
        }
    }

    /** Its client has taken it, or is gone; on its event loop. */
    void remove(UnreadAnswer answer) {
        answer.taken();
        forget(answer);
    }

    private void forget(UnreadAnswer answer) {
        Long length = bytes.remove(answer);
        if (length != null) {
            all.addAndGet(-length);
        }
    }
}
