package io.streamviews.consistency;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Coalesced;
import io.streamviews.projection.Projection;
import io.streamviews.projection.ProjectionConfig;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgNotification;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Signals commits to the views to those who wait for them, in whichever process. Without waiters nothing is sent: they
 * announce themselves, again and again, and for a while each projection answers commits with a NOTIFY, many commits
 * with one. It also answers the announcement at once, which causes a look that sees what was committed before; later
 * commits have a NOTIFY of their own. A lost one does no harm if waiters also look by themselves.
 */
@ApplicationScoped
public class ViewSignals {

    static final String COMMITTED = "views_committed";
    static final String AWAITED = "views_awaited";

    private static final Logger LOG = Logger.getLogger(ViewSignals.class);
    private static final String NOTIFY = "SELECT pg_notify($1, $2)";
    private static final long SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long REMIND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String process = UUID.randomUUID().toString();
    private final Pool pool;
    private final Listening listening;
    private final ProjectionConfig projection;
    private final Instance<Projection> projecting;
    private final boolean reading;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong reminded = new AtomicLong(System.nanoTime() - REMIND_NANOS);
    private final Coalesced answer;
    private volatile long answerUntil = System.nanoTime();

    ViewSignals(
            Pool pool,
            Listening listening,
            ProjectionConfig projection,
            Instance<Projection> projecting,
            @ConfigProperty(name = "streamviews.views.enabled") boolean reading) {
        this.pool = pool;
        this.listening = listening;
        this.projection = projection;
        this.projecting = projecting;
        this.reading = reading;
        this.answer = new Coalesced(() -> send(COMMITTED), SPACING_NANOS);
    }

    /** Has a listener called after commits, on any event loop; it must not block, and also look every so often itself. */
    public void onCommit(Runnable listener) {
        listeners.add(listener);
    }

    /** To be called every so often by who waits. Returns at once. */
    public void awaited() {
        long last = reminded.get();
        long now = System.nanoTime();
        if (now - last >= REMIND_NANOS && reminded.compareAndSet(last, now)) {
            send(AWAITED).subscribe().with(sent -> {}, failure -> {});
        }
    }

    void onStart(@Observes StartupEvent start) {
        if (projection.enabled()) {
            projecting.get().addListener((batch, startNanos) -> committedHere());
        }
        if (projection.enabled() || reading) {
            // Commits while nobody was listening were missed, so all look once.
            listening.begin("LISTEN " + COMMITTED + "; LISTEN " + AWAITED, this::heard, this::tellListeners);
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        listening.stop();
    }

    private void committedHere() {
        tellListeners();
        if (answerUntil - System.nanoTime() > 0) {
            answer.ask();
        }
    }

    private void tellListeners() {
        listeners.forEach(Runnable::run);
    }

    private void heard(PgNotification notification) {
        if (notification.getPayload().equals(process)) {
            return;
        }
        if (notification.getChannel().equals(COMMITTED)) {
            tellListeners();
        } else if (projection.enabled()) {
            answerUntil = System.nanoTime() + ANSWER_NANOS;
            answer.ask();
        }
    }

    private Uni<Void> send(String channel) {
        return pool.preparedQuery(NOTIFY)
                .execute(Tuple.of(channel, process))
                .onFailure()
                .invoke(failure -> LOG.debugf(failure, "%s could not be told", channel))
                .replaceWithVoid();
    }
}
