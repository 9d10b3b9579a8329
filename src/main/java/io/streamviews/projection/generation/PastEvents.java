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
 */
public final class PastEvents {

    /** An erasure has its turn in the generation meanwhile; nobody else writes it. */
    private static final Duration FOR_ERASURES = Duration.ofMinutes(1);

    private PastEvents() {}

    /**
     * In one transaction, once the generation is folded: before its derived views are filled, or when they are kept already. What is erased has been taken from
     * both generations before it, or will be. Blocks before it returns: it asks what both declare.
     *
     * <p>Fails with a {@link RefusedGenerationException} if something does not fit, or cannot be taken over.
     *
     * @param own is closed as soon as somebody else may have the schema
     * @param logs that it was filled from
     * @param dropRemoved whether somebody wants to do without what was removed
     */
    public static Uni<Void> keep(SqlConnection own, Views views, FilledLogs logs, boolean dropRemoved) {
        List<BaseView> live = views.readable(Views.LIVE);
        List<BaseView> next = views.in(Generations.NEXT);
        return BuildSteps.inTransaction(own, Generations.NEXT, Processes.SEVERAL, () -> own.query(
                                PositionSql.Lock.WITHOUT_BATCHES.of(Generations.NEXT, FOR_ERASURES))
                        .execute()
                        .chain(() -> SharedView.of(own, live, next))
                        .call(shared -> new RemovedEvents(own, logs).keep(next, shared, dropRemoved))
                        .flatMap(shared -> UnreadableRows.keep(own, next, shared)))
                .onFailure(BatchWriter::isRefusedValue)
                .transform(failure -> RefusedGenerationException.of(
                        List.of(((PgException) failure).getErrorMessage()),
                        "A row whose last events cannot be read cannot be taken over as it is"));
    }
}
