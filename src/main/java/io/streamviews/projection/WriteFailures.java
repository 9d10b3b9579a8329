package io.streamviews.projection;

import io.streamviews.postgres.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * The partitions that this process cannot write just now. The log has one line when it begins, one for each new reason
 * that does not pass by itself, and one when all is well again; not one for each attempt or partition. Safe for all
 * threads.
 */
public final class WriteFailures {

    private static final Logger LOG = Logger.getLogger(Projection.class);

    /** Within which a thread that is replaced would have died again. */
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private final Clock clock;
    private final Map<TopicPartition, WriteFailure> current = new ConcurrentHashMap<>();

    private volatile Death death;

    WriteFailures(Clock clock) {
        this.clock = clock;
    }

    /** The trouble that somebody has to act on, or else the oldest; empty if all is well. */
    public Optional<WriteFailure> worst() {
        return current.values().stream()
                .min(Comparator.comparing(WriteFailure::lasting).reversed().thenComparing(WriteFailure::since));
    }

    /** What a stream thread has died of just now. */
    public Optional<String> death() {
        return Optional.ofNullable(death)
                .filter(last -> last.at().plus(REMEMBERED).isAfter(clock.instant()))
                .map(Death::reason);
    }

    void died(Throwable failure) {
        death = new Death("A stream thread has died: " + Reason.of(failure), clock.instant());
    }

    synchronized void begin(TopicPartition partition, Throwable failure) {
        WriteFailure before = current.get(partition);
        WriteFailure trouble =
                WriteFailure.of(partition.partition(), failure, before == null ? clock.instant() : before.since());
        boolean first = current.isEmpty();
        boolean known =
                current.values().stream().anyMatch(other -> other.reason().equals(trouble.reason()));
        current.put(partition, trouble);
        if (trouble.lasting() && !known) {
            LOG.errorf("The views cannot be written (%s). This does not pass by itself; trying on meanwhile", trouble);
        } else if (first) {
            LOG.warnf("The views cannot be written (%s); trying again until they can", trouble);
        }
    }

    /** Called for every batch: costs nothing when all is well. */
    void end(TopicPartition partition) {
        if (current.containsKey(partition)) {
            ended(partition);
        }
    }

    private synchronized void ended(TopicPartition partition) {
        if (current.remove(partition) != null && current.isEmpty()) {
            LOG.info("The views are written again");
        }
    }

    /** The partition is somebody else's now, and so is its trouble. */
    synchronized void forget(TopicPartition partition) {
        current.remove(partition);
    }

    private record Death(String reason, Instant at) {}
}
