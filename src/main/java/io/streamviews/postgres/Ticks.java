package io.streamviews.postgres;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Work that is done every so often, one run at a time: a tick in the midst of one is left out. Quarkus' scheduler looks at its jobs
 * once a second, and some of these are to be done more often.
 */
public final class Ticks {

    private static final Logger LOG = Logger.getLogger(Ticks.class);

    private Ticks() {}

    /**
     * From now on, until it is cancelled.
     *
     * @param work its failures are for it to report, and end nothing
     */
    public static Cancellable every(Duration interval, Supplier<Uni<Void>> work) {
        return Multi.createFrom()
                .ticks()
                .every(interval)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> Uni.createFrom()
                        .deferred(work::get)
                        .onFailure()
                        .invoke(failure -> LOG.debug("Nothing came of a look", failure))
                        .onFailure()
                        .recoverWithNull())
                .subscribe()
                .with(done -> {});
    }
}
