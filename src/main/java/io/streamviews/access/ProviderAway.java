package io.streamviews.access;

import io.quarkus.oidc.OIDCException;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Tells an identity provider that does not answer from one that does not know a client, or does not let us ask. Says so at most
 * once a minute: it is the same for all who come meanwhile.
 */
final class ProviderAway {

    private static final Logger LOG = Logger.getLogger(ProviderAway.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong saidAt = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    /** Whether that is why nobody can tell who a client is. */
    boolean explains(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            // one without a cause is what the provider has answered
            if (cause instanceof OIDCException && cause.getCause() != null
                    || cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof VertxException) {
                say(cause);
                return true;
            }
        }
        return false;
    }

    private void say(Throwable cause) {
        long now = System.nanoTime();
        long last = saidAt.get();
        if (now - last >= QUIET_NANOS && saidAt.compareAndSet(last, now)) {
            LOG.warnf(
                    "The identity provider cannot be asked who clients are, and they are answered with 503: %s", cause);
        }
    }
}
