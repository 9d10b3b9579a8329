package io.streamviews.eventlog;

import io.streamviews.postgres.Coalesced;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
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

    private final Coalesced sending;

    Wakeup(Pool pool) {
        this.sending = new Coalesced(
                () -> pool.query(NOTIFY)
                        .execute()
                        .onFailure()
                        .invoke(failure -> LOG.debug("The relay was not woken, and will look by itself", failure))
                        .replaceWithVoid(),
                0);
    }

    /** To be called after the commit: a relay that is woken before it sees nothing. Returns at once. */
    void wake() {
        sending.ask();
    }
}
