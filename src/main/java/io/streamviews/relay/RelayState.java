package io.streamviews.relay;

import io.streamviews.postgres.Reason;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/** What a relay says of itself; one line in the log for each change, not for each attempt. Safe for all threads. */
public final class RelayState {

    private static final Logger LOG = Logger.getLogger(Relay.class);

    private final String id = UUID.randomUUID().toString();
    private final LongAdder published = new LongAdder();
    private volatile boolean active;
    private volatile String trouble;
    private volatile String lastError;

    /** Its name, among all relays there are and have been. */
    String id() {
        return id;
    }

    /** How many events it has published. */
    public long published() {
        return published.sum();
    }

    /** Whether this is the relay that publishes. */
    public boolean isActive() {
        return active;
    }

    /** What keeps it from its work; empty if nothing does. */
    public Optional<String> lastError() {
        return Optional.ofNullable(lastError);
    }

    void published(int events) {
        published.add(events);
    }

    void becameActive() {
        active = true;
        well();
        LOG.info("Relay active: publishing the event log");
    }

    void ended() {
        active = false;
    }

    void troubled(String what, Throwable cause) {
        String reason = Reason.of(cause);
        lastError = what + ": " + reason;
        if (!what.equals(trouble)) {
            trouble = what;
            LOG.warnf("%s, trying on: %s", what, reason);
        }
    }

    void well() {
        if (trouble != null) {
            trouble = null;
            lastError = null;
            LOG.info("Relay works again");
        }
    }
}
