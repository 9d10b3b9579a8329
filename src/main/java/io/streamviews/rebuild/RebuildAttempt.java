package io.streamviews.rebuild;

import static io.streamviews.projection.generation.Generations.NEXT;
import static io.streamviews.projection.generation.Generations.PREVIOUS;
import static io.streamviews.rebuild.RebuildState.CATCHING_UP;
import static io.streamviews.rebuild.RebuildState.COMPARING;
import static io.streamviews.rebuild.RebuildState.FILLING;
import static io.streamviews.rebuild.RebuildState.HELD;
import static io.streamviews.rebuild.RebuildState.INDEXING;
import static io.streamviews.rebuild.RebuildState.PREPARING;
import static io.streamviews.rebuild.RebuildState.SWAPPING;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.postgres.SessionLock;
import io.streamviews.projection.generation.CarryOver;
import io.streamviews.projection.generation.DroppedViews;
import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.projection.generation.GenerationParts;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.PastEvents;
import io.streamviews.projection.generation.RefusedGenerationException;
import io.streamviews.projection.generation.Views;
import io.streamviews.source.BaseView;
import io.vertx.core.json.JsonArray;
import io.vertx.mutiny.pgclient.PgConnection;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * One attempt at a rebuild: goes on from whatever the attempt before has left, to the exchange of the generations, in a
 * thread of its own. What decides is done on the connection that holds the lock. However it ends, people read the live
 * generation or the new one, whole.
 */
final class RebuildAttempt {

    private static final Logger LOG = Logger.getLogger(RebuildAttempt.class);

    private static final Duration NEAR = Duration.ofSeconds(1);

    /** So short a time is hardly one in which somebody makes something on the live views. */
    private static final Duration BRIEF = Duration.ofSeconds(5);

    private static final Duration SWAP_PAUSE = Duration.ofMillis(300);

    private final Rebuild rebuild;
    private final SessionLock lock;
    private final PgConnection control;
    private final GenerationBuild build;
    private final Views views;
    private final LogOffsets offsets;
    private String made;
    private Set<String> topics;
    private List<TopicPartition> partitions;

    RebuildAttempt(Rebuild rebuild, SessionLock lock, GenerationBuild build, Views views, LogOffsets offsets) {
        this.rebuild = rebuild;
        this.lock = lock;
        this.control = lock.connection();
        this.build = build;
        this.views = views;
        this.offsets = offsets;
    }

    /**
     * Returns when people read the new generation.
     *
     * @throws CancellationException if it was cancelled, or somebody else goes on with it
     * @throws RefusedGenerationException if the new generation is not good enough
     */
    void run() {
        boolean isResumed = rebuild.state() != PREPARING && isThere();
        if (!isResumed) {
            prepare();
        }
        made = await(views.fingerprint(control, NEXT));
        // Asked on the connection that holds the lock: who has lost it takes nobody's partitions.
        boolean finished = build.isFinished(control);
        topics = build.views().stream().map(BaseView::topic).collect(Collectors.toSet());
        partitions = views.partitions(build.views());
        await(Generations.inheritPlaces(control, topics));
        build.open(offsets, partitions);
        PastEvents past = PastEvents.of(control, views, build, new DroppedViews(rebuild.dropRemoved()), isResumed);
        dropFormer();
        if (!finished) {
            move(FILLING);
            catchUp();
            Exchange.refuseNewDeadLetters(control);
            move(INDEXING);
            build.fold();
        }
        if (await(past.note())) {
            build.fill(offsets.ends(partitions));
        }
        await(past.keep());
        if (!finished) {
            build.finish(control);
        }
        move(CATCHING_UP);
        catchUp();
        await(CarryOver.prepare(control));
        Exchange.refuseSuspended(control);
        Exchange exchange = new Exchange(rebuild, lock, build, this::seenByReaders, this::isStillThere);
        long begun = System.nanoTime();
        RefusedGenerationException.ifAny(
                await(build.wrongDerivedViews()), "Derived views differ from their definitions");
        if (System.nanoTime() - begun > BRIEF.toNanos()) {
            exchange.takeAlong();
        }
        boolean compared = false;
        if (rebuild.hold() || isOfOtherFiles()) {
            move(COMPARING);
            compared = compare();
            exchange.takeAlong();
        }
        if (rebuild.hold()) {
            move(HELD);
            awaitApproval(compared);
        }
        move(SWAPPING);
        while (!exchange.attempt(() -> build.fill(offsets.ends(partitions)))) {
            LockSupport.parkNanos(SWAP_PAUSE.toNanos());
        }
        List<String> late = boundToFormer();
        if (!late.isEmpty()) {
            LOG.errorf(
                    "Rebuild %d: made during the exchange, these read the former generation: %s", rebuild.id(), late);
        }
    }

    private boolean isOfOtherFiles() {
        return !await(views.fingerprint(control, Views.LIVE)).equals(await(views.fingerprint(control, NEXT)));
    }

    /** Whether that was possible: what does not move on is no reason to leave people without what would mend it. */
    private boolean compare() {
        Optional<JsonArray> found = new LevelSnapshot(lock, build, this::seenByReaders).read(Changes::between);
        found.ifPresentOrElse(
                changes -> {
                    await(Rebuilds.tell(control, rebuild, changes));
                    LOG.infof("Rebuild %d changes for readers: %s", rebuild.id(), Changes.summary(changes));
                },
                () -> LOG.warnf(
                        "Rebuild %d: what it changes cannot be told, since the live views do not move on",
                        rebuild.id()));
        return found.isPresent();
    }

    /** Meanwhile the new generation stays nearly level. */
    private void awaitApproval(boolean compared) {
        boolean told = compared;
        LOG.infof(
                "Rebuild %1$d waits for approval: POST /api/admin/rebuilds/%1$d/exchange exchanges the views",
                rebuild.id());
        while (!await(Rebuilds.isApproved(control, rebuild))) {
            build.fill(offsets.ends(partitions));
            if (!told) {
                move(COMPARING);
                told = compare();
                move(HELD);
            }
            LockSupport.parkNanos(NEAR.toNanos());
        }
    }

    /** One that was begun with other files is begun anew. */
    private boolean isThere() {
        return await(Generations.isMadeOfFiles(control, NEXT)) && views.isOfOwnFiles(control, NEXT);
    }

    /** Whoever has changed or replaced it meanwhile. */
    private boolean isStillThere() {
        return await(Generations.isMadeOfFiles(control, NEXT)) && made.equals(await(views.fingerprint(control, NEXT)));
    }

    private void prepare() {
        move(PREPARING);
        await(Generations.drop(control, NEXT));
        views.make(NEXT);
        if (!isThere()) {
            // a process that had lost a rebuild of its own files while it made the schema
            throw new CancellationException("Somebody else has made another one meanwhile");
        }
        await(CarryOver.prepare(control));
        build.prepare(control, Views.LIVE);
    }

    /** Not before it is known that there can be another one: so long it may be brought back. */
    private void dropFormer() {
        RefusedGenerationException.ifAny(
                boundToFormer(),
                "These depend on the former generation, which goes when a rebuild begins; drop them, or make them anew");
        await(Generations.drop(control, PREVIOUS));
    }

    /** Made while it was the live one, by a transaction that was still open when the generations were exchanged; or later. */
    private List<String> boundToFormer() {
        return await(Generations.exists(control, PREVIOUS))
                ? await(GenerationParts.outside(control, PREVIOUS))
                : List.of();
    }

    /** Until a round is so short that the next one is nearly at the end. */
    private void catchUp() {
        long start;
        do {
            start = System.nanoTime();
            build.fill(offsets.ends(partitions));
        } while (System.nanoTime() - start > NEAR.toNanos());
    }

    /** The live generation may read partitions that were not there when this attempt began: another attempt reads them. */
    private Map<TopicPartition, Long> seenByReaders() {
        Map<TopicPartition, Long> seen = new HashMap<>(await(Generations.seen(control)));
        seen.entrySet()
                .removeIf(each ->
                        each.getValue() == 0 || !topics.contains(each.getKey().topic()));
        Set<TopicPartition> others = new HashSet<>(seen.keySet());
        partitions.forEach(others::remove);
        // of a topic that was made anew, the former one's are still known
        if (!others.isEmpty() && !Collections.disjoint(others, views.partitions(build.views()))) {
            LOG.infof("Rebuild %d: topics have got partitions, which another attempt reads", rebuild.id());
            throw new CancellationException("Topics have got partitions");
        }
        seen.keySet().removeAll(others);
        return seen;
    }

    private void move(RebuildState state) {
        if (!await(Rebuilds.move(control, rebuild, state))) {
            throw new CancellationException("In other hands");
        }
        LOG.infof("Rebuild %d: %s", rebuild.id(), state);
    }

    private static <T> T await(Uni<T> call) {
        return call.await().indefinitely();
    }
}
