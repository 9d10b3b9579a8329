package io.streamviews.projection;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Finds Kafka transactions that do not end. What stands behind the beginning of one is not read before it has ended, and no lag
 * tells, since it may yet be taken back. One whose producer is dead is aborted by its time-out; one that the broker's coordinator does not
 * know of any more (a hanging transaction) stays until somebody aborts it. Used by one look at a time.
 */
final class OpenTransactions {

    private static final Logger LOG = Logger.getLogger(OpenTransactions.class);

    private final Duration usual;
    private Map<TopicPartition, Open> known = Map.of();
    private volatile long heldBack;

    /** @param usual for as long nothing is said: transactions may be open for some time */
    OpenTransactions(Duration usual) {
        this.usual = usual;
    }

    /** Offsets that are held back by transactions which have been open for longer than is usual. */
    long heldBack() {
        return heldBack;
    }

    /**
     * Compares with what was found before.
     *
     * @param ends behind what may be read
     * @param veryEnds behind all that there is
     */
    void look(Map<TopicPartition, Long> ends, Map<TopicPartition, Long> veryEnds) {
        Map<TopicPartition, Open> found = new HashMap<>();
        long held = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            long behind = veryEnds.getOrDefault(end.getKey(), 0L) - end.getValue();
            if (behind > 0) {
                Open open = known.get(end.getKey());
                if (open == null || open.at() != end.getValue()) {
                    open = new Open(end.getValue(), System.nanoTime(), false);
                }
                if (System.nanoTime() - open.since() > usual.toNanos()) {
                    held += behind;
                    open = said(end.getKey(), open, behind);
                }
                found.put(end.getKey(), open);
            }
        }
        known = found;
        heldBack = held;
    }

    private Open said(TopicPartition partition, Open open, long behind) {
        if (!open.said()) {
            LOG.warnf(
                    "%s: a Kafka transaction that is open at offset %d has not ended for %d s; the %d offsets from there on"
                            + " cannot be read before it does (kafka-transactions.sh find-hanging, abort)",
                    partition, open.at(), usual.toSeconds(), behind);
        }
        return new Open(open.at(), open.since(), true);
    }

    /** @param since when it was first found open there, by {@link System#nanoTime} */
    private record Open(long at, long since, boolean said) {}
}
