package io.streamviews.view;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * What can be read over REST now, as PostgreSQL's catalogue says: no older than a second, and asked for once for all who
 * want to know; who wants what is newer than the question that is under way waits for the next one. While the database does
 * not answer, what was known before is. Does not block.
 */
@Singleton
class ViewCatalog {

    private static final Logger LOG = Logger.getLogger(ViewCatalog.class);
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    /** Who asks for what is not there may have made it just now. */
    private static final long NEW_NANOS = Duration.ofMillis(100).toNanos();

    private final ViewReader reader;
    private final ViewTopics topics;
    private final boolean enabled;
    private volatile Catalog latest;
    private Look underWay;

    ViewCatalog(
            ViewReader reader, ViewTopics topics, @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.reader = reader;
        this.topics = topics;
        this.enabled = enabled;
    }

    private record Look(Uni<Catalog> catalog, long askedAt) {

        boolean isOlderThan(long nanos) {
            return System.nanoTime() - askedAt > nanos;
        }
    }

    /** So that the API's description has it. */
    void onStart(@Observes StartupEvent start) {
        known();
    }

    /** What is known, if anything is; has it be looked at again if it is old. */
    Catalog known() {
        Catalog known = latest;
        if (enabled && (known == null || known.isOlderThan(FRESH_NANOS))) {
            look().subscribe().with(read -> {}, failure -> LOG.debug("The catalogue cannot be read", failure));
        }
        return known;
    }

    Uni<Catalog> current() {
        return notOlderThan(FRESH_NANOS);
    }

    /** Fails with a {@link RefusedException} (404) if there is no such view. */
    Uni<CatalogView> find(String name) {
        return current()
                .chain(catalog ->
                        catalog.find(name).isPresent() ? Uni.createFrom().item(catalog) : notOlderThan(NEW_NANOS))
                .map(catalog -> catalog.find(name).orElseThrow(() -> RefusedException.unknown("View", name)));
    }

    /** Fails likewise; to be called when what was known has turned out to be wrong. */
    Uni<CatalogView> findAgain(String name) {
        return notOlderThan(0)
                .map(catalog -> catalog.find(name).orElseThrow(() -> RefusedException.unknown("View", name)));
    }

    private Uni<Catalog> notOlderThan(long nanos) {
        Catalog known = latest;
        if (known != null && !known.isOlderThan(nanos)) {
            return Uni.createFrom().item(known);
        }
        Context here = Vertx.currentContext();
        Executor back = here == null ? Runnable::run : task -> here.runOnContext(now -> task.run());
        return look(nanos, back).emitOn(back);
    }

    /**
     * The one that is under way; or, for who knows already that it may be wrong, if it is older than that, the one that begins when it
     * has ended, on the server that the request reads.
     */
    private synchronized Uni<Catalog> look(long nanos, Executor back) {
        if (nanos < FRESH_NANOS && underWay != null && underWay.isOlderThan(nanos)) {
            return underWay.catalog().emitOn(back).onItemOrFailure().transformToUni((former, failure) -> look());
        }
        return look();
    }

    private synchronized Uni<Catalog> look() {
        if (underWay == null) {
            long askedAt = System.nanoTime();
            Uni<Catalog> catalog = new CatalogQuery(topics.topics().keySet())
                    .run(reader)
                    .invoke(read -> latest = read)
                    .onFailure(failure -> latest != null)
                    .recoverWithItem(() -> latest)
                    .onTermination()
                    .invoke(this::forget)
                    .memoize()
                    .indefinitely();
            underWay = new Look(catalog, askedAt);
        }
        return underWay.catalog();
    }

    private synchronized void forget() {
        underWay = null;
    }
}
