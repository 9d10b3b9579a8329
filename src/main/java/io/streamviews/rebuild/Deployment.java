package io.streamviews.rebuild;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.CannotStartException;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.BuildConfig;
import io.streamviews.projection.generation.Views;
import io.streamviews.projection.generation.WrongViewFilesException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Has the views be those of this instance's files: if PostgreSQL makes something else of them than what is live, a rebuild is
 * asked for. Files that were live before are left alone: during a rolling deployment, instances of the former release start,
 * too.
 */
@ApplicationScoped
class Deployment {

    private static final Logger LOG = Logger.getLogger(Deployment.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final String STATE =
            """
            SELECT EXISTS (SELECT FROM public.former_views WHERE fingerprint = $1) AS former,
                   (SELECT coalesce(min(id) FILTER (WHERE views = $1 AND finished_at IS NULL), max(id) + 1, 1)
                    FROM public.rebuild) AS from_now_on,
                   e.id AS ended, e.state, e.error,
                   EXISTS (SELECT FROM public.rebuild WHERE finished_at IS NULL) AS under_way,
                   EXISTS (SELECT FROM public.rebuild WHERE finished_at IS NULL AND views = $1) AS own_under_way,
                   o.id AS of_other_files, o.xmin::text AS sign
            FROM (SELECT) AS always
            LEFT JOIN LATERAL (SELECT * FROM public.rebuild WHERE views = $1 AND id >= $2 AND finished_at IS NOT NULL
                               ORDER BY id DESC LIMIT 1) AS e ON true
            LEFT JOIN public.rebuild o ON o.finished_at IS NULL AND o.views <> $1 AND NOT o.cancel_requested
            """;

    private static final long UNKNOWN = Long.MAX_VALUE;

    /** What is done when an instance starts with other files than those that are live. */
    enum OnChange {
        /** A new generation is built, and people read it when it is level. */
        EXCHANGE,
        /** A new generation is built, and people read it when somebody has seen what it changes, and approves it. */
        HOLD,
        /** The instance does not start. */
        REFUSE
    }

    private final Pool pool;
    private final Views views;
    private final RebuildRunner runner;
    private final OnChange onChange;
    private final boolean watches;
    private Cancellable looking;
    private volatile boolean isSettled;
    private volatile boolean isRefused;
    private volatile long lastEnded = -1;
    private Duration leftAfter;
    private volatile long waitsFor = -1;
    private volatile String lastSign;
    private volatile long lastSignAt;
    private volatile String lastRefusal;

    /** One of these files, of this number or a later one, is of this instance and the others that have them, whoever asked for it. */
    private volatile long since = UNKNOWN;

    Deployment(
            Pool pool,
            Views views,
            RebuildRunner runner,
            @ConfigProperty(name = "streamviews.views.watch", defaultValue = "false") boolean watches,
            @ConfigProperty(name = "streamviews.views.on-change", defaultValue = "exchange") OnChange onChange) {
        this.pool = pool;
        this.views = views;
        this.runner = runner;
        this.onChange = onChange;
        this.watches = watches;
    }

    void onStart(@Observes StartupEvent start, ProjectionConfig projection, BuildConfig build) {
        leftAfter = build.leftAfter();
        if (projection.enabled() && onChange == OnChange.REFUSE) {
            refuseOthers();
        } else if (projection.enabled()) {
            looking = Ticks.every(INTERVAL, this::look);
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        if (looking != null) {
            looking.cancel();
        }
    }

    private void refuseOthers() {
        String own;
        try {
            own = views.fingerprint().await().indefinitely();
        } catch (WrongViewFilesException wrong) {
            throw new CannotStartException(wrong.getMessage());
        }
        if (!own.equals(views.fingerprint(pool, Views.LIVE).await().indefinitely())) {
            throw new CannotStartException(
                    "the live views are made of other files than this instance's, those of its engine included (streamviews.views.on-change)");
        }
    }

    private Uni<Void> look() {
        if (watches) {
            return Uni.createFrom()
                    .item(views::haveFilesChanged)
                    .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                    .flatMap(changed -> {
                        if (changed) {
                            isSettled = false;
                            isRefused = false;
                            since = UNKNOWN;
                        }
                        return isSettled ? Uni.createFrom().voidItem() : compare();
                    });
        }
        return isSettled ? Uni.createFrom().voidItem() : compare();
    }

    /** What is under way is read first: what ends between the two has made the live views already, and is not asked for again. */
    private Uni<Void> compare() {
        return views.fingerprint()
                .flatMap(own -> pool.preparedQuery(STATE)
                        .execute(Tuple.of(own, since))
                        .map(rows -> rows.iterator().next())
                        .invoke(found -> since = since == UNKNOWN ? found.getLong("from_now_on") : since)
                        .flatMap(found -> views.fingerprint(pool, Views.LIVE)
                                .flatMap(live -> own.equals(live) ? areLive() : decide(own, found))))
                .onFailure()
                .invoke(() -> lastSign = null)
                .onFailure(WrongViewFilesException.class)
                .recoverWithUni(wrong -> {
                    isRefused = true;
                    LOG.errorf(
                            "The views stay as they are, since the view files cannot be run: %s", wrong.getMessage());
                    return settled();
                })
                .onFailure(PgException.class)
                .invoke(refused -> tell(refused.getMessage()));
    }

    /** Once, not at each look: that may pass. */
    private void tell(String refusal) {
        if (!refusal.equals(lastRefusal)) {
            LOG.warnf("Whether the live views are of this instance's files is not known yet, trying on: %s", refusal);
        }
        lastRefusal = refusal;
    }

    private Uni<Void> decide(String own, Row found) {
        Long ended = found.getLong("ended");
        if (ended != null) {
            tell(found);
            return Uni.createFrom().voidItem();
        }
        if (!found.getBoolean("former") || watches) {
            return found.getBoolean("under_way") ? waits(found) : request(own);
        }
        if (!isRefused) {
            isRefused = true;
            LOG.info(
                    "The view files of this instance were live before, and have been replaced; POST /api/admin/rebuilds"
                            + " brings them back");
        }
        return Uni.createFrom().voidItem();
    }

    /** Once for each; somebody may begin another one. */
    private void tell(Row found) {
        isRefused = !found.getBoolean("own_under_way");
        if (found.getLong("ended") != lastEnded) {
            lastEnded = found.getLong("ended");
            LOG.errorf(
                    "The views are still those of other files than this instance's: rebuild %d is %s%s",
                    lastEnded,
                    found.getString("state"),
                    found.getString("error") == null ? "" : " (%s)".formatted(found.getString("error")));
        }
    }

    /** For one of other files, be it held, as long as somebody gives signs of life who can end it: who has its files. */
    private Uni<Void> waits(Row found) {
        Long other = found.getLong("of_other_files");
        String sign = found.getString("sign");
        if (sign == null || !sign.equals(lastSign)) {
            lastSign = sign;
            lastSignAt = System.nanoTime();
        }
        if (other == null) {
            sayWhichMakesThem(since);
            return Uni.createFrom().voidItem();
        }
        if (other != waitsFor) {
            waitsFor = other;
            LOG.infof(
                    "The live views are made of other files than this instance's, and rebuild %d is under way: when that has ended,"
                            + " or is cancelled (GET /api/admin/rebuilds), another one makes them anew",
                    other);
        }
        return System.nanoTime() - lastSignAt < leftAfter.toNanos()
                ? Uni.createFrom().voidItem()
                : cancel(other, sign);
    }

    private Uni<Void> cancel(long left, String sign) {
        return runner.cancelLeft(left, sign)
                .invoke(cancelled -> {
                    if (cancelled) {
                        LOG.warnf(
                                "Rebuild %d is cancelled: it is of other files than this instance's, and nobody who has them has"
                                        + " worked on it for %d s",
                                left, leftAfter.toSeconds());
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> request(String own) {
        return runner.request(own, onChange == OnChange.HOLD, List.of())
                .invoke(rebuild -> sayWhichMakesThem(rebuild.id()))
                .replaceWithVoid();
    }

    /** Once, whoever has asked for it. */
    private void sayWhichMakesThem(long rebuild) {
        if (rebuild != waitsFor) {
            waitsFor = rebuild;
            LOG.infof(
                    "The live views are made of other files than this instance's: rebuild %d makes them anew", rebuild);
        }
    }

    private Uni<Void> areLive() {
        isRefused = false;
        return settled();
    }

    /** Whether the views are not those of this instance's files, and stay so until somebody does something. */
    boolean isRefused() {
        return isRefused;
    }

    /** Until the files change, if they are watched. */
    private Uni<Void> settled() {
        isSettled = true;
        if (looking != null && !watches) {
            looking.cancel();
        }
        return Uni.createFrom().voidItem();
    }
}
