package io.streamviews.projection;

import io.streamviews.postgres.BackOff;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jboss.logging.Logger;

/**
 * Starts a stream thread anew when one has died: whatever it was, the next one goes on from the positions. Threads that
 * die in a row are replaced ever more slowly, so that an error that stays does not spin.
 */
final class ThreadReplacement implements StreamsUncaughtExceptionHandler {

    private static final Logger LOG = Logger.getLogger(ThreadReplacement.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration CALM = Duration.ofMinutes(2);

    private final WriteFailures troubles;
    private final BackOff backOff = new BackOff(FIRST_PAUSE, MAX_PAUSE);
    private long lastFailure = System.nanoTime();

    ThreadReplacement(WriteFailures troubles) {
        this.troubles = troubles;
    }

    @Override
    public StreamThreadExceptionResponse handle(Throwable failure) {
        Duration wait = nextPause();
        Throwable root = root(failure);
        troubles.died(root);
        LOG.errorf(root, "A stream thread has died; another one takes its partitions over in %d ms", wait.toMillis());
        LockSupport.parkNanos(wait.toNanos());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private synchronized Duration nextPause() {
        long now = System.nanoTime();
        if (now - lastFailure > CALM.toNanos()) {
            backOff.reset();
        }
        lastFailure = now;
        return backOff.next();
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
