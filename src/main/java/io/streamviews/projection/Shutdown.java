package io.streamviews.projection;

import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Knows for how long Kafka Streams has been stopping. A stream thread that is told to stop in the midst of a rebalance goes
 * on polling until it has ended. That takes minutes if another member does not answer, and as long as the broker is away.
 */
final class Shutdown implements KafkaStreams.StateListener {

    private static final Duration REBALANCE_PATIENCE = Duration.ofSeconds(3);

    private volatile long deadline;
    private volatile boolean begun;

    @Override
    public void onChange(KafkaStreams.State now, KafkaStreams.State before) {
        if (now.isShuttingDown() && !begun) {
            deadline = System.nanoTime() + REBALANCE_PATIENCE.toNanos();
            begun = true;
        }
    }

    /** Whether a rebalance that is still under way is not to be waited for any longer. */
    boolean isOverdue() {
        return begun && System.nanoTime() - deadline > 0;
    }
}
