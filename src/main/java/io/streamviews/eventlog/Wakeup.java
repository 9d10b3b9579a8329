package io.streamviews.eventlog;

import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Wakes the active relay, wherever it runs, after a command has committed. A statement of its own, at most one in
 * flight: a NOTIFY inside the commands' transactions would take a lock of the whole cluster at each commit and hold it
 * while the log is synced to disk, one writer after the other. One that gets lost is no harm: the relay looks by itself.
 */
@ApplicationScoped
class Wakeup {

    private static final Logger LOG = Logger.getLogger(Wakeup.class);
    private static final String NOTIFY = "NOTIFY " + EventLog.CHANNEL;

    private static final int IDLE = 0;
    private static final int SENDING = 1;
    private static final int SENDING_AND_ASKED_AGAIN = 2;

    private final Pool pool;
    private final AtomicInteger state = new AtomicInteger(IDLE);

    Wakeup(Pool pool) {
        this.pool = pool;
    }

    /** To be called after the commit: a relay that is woken before it sees nothing. Returns at once. */
    void wake() {
        if (state.getAndUpdate(s -> s == IDLE ? SENDING : SENDING_AND_ASKED_AGAIN) == IDLE) {
            send();
        }
    }

    private void send() {
        pool.query(NOTIFY).execute().subscribe().with(sent -> done(), failure -> {
            LOG.debug("The relay was not woken, and will look by itself", failure);
            done();
        });
    }

    private void done() {
        // the state is SENDING or SENDING_AND_ASKED_AGAIN here, and one step back from either
        if (state.decrementAndGet() == SENDING) {
            send();
        }
    }
}
