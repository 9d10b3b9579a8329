package io.streamviews.projection;

import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Kafka Streams warns of each thread that gives its tasks up: it must have missed a rebalance. Where we had it do so, for a
 * replay, a roll-back or another owner, that is not so, and the processor has said what happened. What Kafka itself has
 * found out stays the alarm that it is.
 */
final class FencingAlarm implements Filter {

    /** Held for good: a logger that nobody holds is forgotten, and its filter with it. */
    private static final Logger STREAM_THREAD =
            Logger.getLogger("org.apache.kafka.streams.processor.internals.StreamThread");

    private FencingAlarm() {}

    static void onlyWhereItIsOne() {
        STREAM_THREAD.setFilter(new FencingAlarm());
    }

    @Override
    public boolean isLoggable(LogRecord line) {
        return !(line.getThrown() instanceof OutdoneException);
    }
}
