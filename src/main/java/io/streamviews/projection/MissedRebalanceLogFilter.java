package io.streamviews.projection;

import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Kafka Streams warns that a thread missed a rebalance whenever it gives its tasks up. Hides that warning where we
 * caused it (a replay, a roll-back, another owner), since the processor has logged the reason; what Kafka itself has
 * found out is still logged.
 */
final class MissedRebalanceLogFilter implements Filter {

    /** Held for good: a logger that nobody holds is forgotten, and its filter with it. */
    private static final Logger STREAM_THREAD =
            Logger.getLogger("org.apache.kafka.streams.processor.internals.StreamThread");

    private MissedRebalanceLogFilter() {}

    static void install() {
        STREAM_THREAD.setFilter(new MissedRebalanceLogFilter());
    }

    @Override
    public boolean isLoggable(LogRecord line) {
        return !(line.getThrown() instanceof RejoinGroupException);
    }
}
