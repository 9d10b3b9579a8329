package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.BuildSteps.Processes;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.List;

/**
 * Takes over, as it is, what the live generation knows of events that the topics cannot give any more: they were
 * {@linkplain RemovedEvents removed}, or what is left {@linkplain UnreadableRows cannot be read}.
 *
 * <p>First it is noted what that may be, in one snapshot of the live generation. Then the next one reads up to where the topics end,
 * which the live one had not passed in that snapshot. What it lacks then of what was noted, it will never read.
 */
public final class PastEvents {

    /** An erasure has its turn in the generation meanwhile; nobody else writes it. */
    private static final Duration FOR_ERASURES = Duration.ofMinutes(1);

    private final SqlConnection own;
    private final List<BaseView> views;
    private final List<SharedView> shared;
    private final RemovedEvents removed;

    private PastEvents(SqlConnection own, List<BaseView> views, List<SharedView> shared, RemovedEvents removed) {
        this.own = own;
        this.views = views;
        this.shared = shared;
        this.removed = removed;
    }

    /**
     * Looks what both generations have in common. Blocks.
     *
     * @param own is closed as soon as somebody else may have the schema
     * @param build of the next one, which is open
     * @param drops of which views somebody wants to do without what was removed
     * @param isResumed whether the next one was begun long ago, perhaps
     * @throws RefusedGenerationException if rows would be lost that are not to be done without
     */
    public static PastEvents of(
            SqlConnection own, Views views, GenerationBuild build, DroppedViews drops, boolean isResumed) {
        List<BaseView> live = views.readable(Views.LIVE);
        List<BaseView> next = build.views();
        List<SharedView> shared = BuildSteps.inTransaction(
                        own, Generations.NEXT, Processes.SEVERAL, () -> SharedView.of(own, live, next))
                .await()
                .indefinitely();
        RemovedEvents removed = new RemovedEvents(own, build.logs(), drops, isResumed);
        removed.refuseToLose(live, next, shared);
        return new PastEvents(own, next, shared, removed);
    }

    /** Notes what may have to be taken over, if there is any; then the generation is to be filled to where the topics end. */
    public Uni<Boolean> note() {
        return BuildSteps.inSnapshot(own, Generations.NEXT, () -> removed.note(views, shared));
    }

    /**
     * In one transaction, once the generation is folded: before its derived views are filled, or when they are kept already. What is
     * erased has been taken from both generations before it, or will be.
     *
     * <p>Fails with a {@link RefusedGenerationException} if something does not fit.
     */
    public Uni<Void> keep() {
        return BuildSteps.inTransaction(own, Generations.NEXT, Processes.SEVERAL, () -> own.query(
                                PositionSql.Lock.WITHOUT_BATCHES.of(Generations.NEXT, FOR_ERASURES))
                        .execute()
                        .chain(() -> removed.keep(views, shared))
                        .chain(() -> UnreadableRows.keep(own, views, shared)))
                .onFailure(BatchWriter::isRefusedValue)
                .transform(failure -> RefusedGenerationException.of(
                        List.of(((PgException) failure).getErrorMessage()),
                        "A row whose last events are gone or cannot be read cannot be taken over as it is; dropRemoved=<view> does"
                                + " without what is gone"));
    }
}
