package io.streamviews.ops;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.Audited;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.Suspensions;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.projection.generation.Views;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.pgclient.PgException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Where the live projection stands, and a switch to have it wait. */
@Audited
@Path("/api/admin/projection")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class ProjectionResource {

    /** Waits until no exchange of generations is under way: the new one would not know of the pause. */
    private static final String WITH_THE_BATCHES = PositionSql.Lock.AMONG_BATCHES.of(Views.LIVE, Duration.ofSeconds(5));

    private static final String AWAIT_BATCHES = PositionSql.Lock.AFTER_BATCHES.of(Views.LIVE, Duration.ofSeconds(3));

    private static final String PAUSE = "INSERT INTO views.projection_pause DEFAULT VALUES ON CONFLICT DO NOTHING";
    private static final String RESUME = "DELETE FROM views.projection_pause";

    /** A large view takes its time. */
    private static final Duration FILLING = Duration.ofMinutes(2);

    private final Pool pool;
    private final Suspensions suspensions;
    private final ProjectionStatuses statuses;

    ProjectionResource(Pool pool, ProjectionStatuses statuses) {
        this.pool = pool;
        this.statuses = statuses;
        this.suspensions = new Suspensions(new ViewTransactions(pool, FILLING), Views.LIVE);
    }

    @GET
    public Uni<ProjectionStatus> status() {
        return statuses.read();
    }

    /**
     * Has all instances write nothing more. It holds when the answer says PAUSED; PAUSING means that a batch that began
     * before is still being written. It lasts until it is resumed, also over restarts, rebalances and rebuilds.
     */
    @POST
    @Path("pause")
    public Uni<ProjectionStatus> pause() {
        return change(PAUSE)
                .chain(() -> pool.withTransaction(
                                connection -> connection.query(AWAIT_BATCHES).execute())
                        .onFailure(PgException.class)
                        .recoverWithNull())
                .chain(this::status);
    }

    /** Has all instances go on. */
    @POST
    @Path("resume")
    public Uni<ProjectionStatus> resume() {
        return change(RESUME).chain(this::status);
    }

    /**
     * Fills a derived view anew that was suspended since it failed, and has it follow its base views again. 404 if there is no
     * such derived view, 409 if it is not suspended, or still cannot be filled, 503 if that takes too long just now.
     */
    @POST
    @Path("views/{view}/resume")
    public Uni<ProjectionStatus> resume(@PathParam("view") String view) {
        return suspensions
                .resume(view)
                .onFailure(Suspensions::isLasting)
                .transform(failure -> RefusedException.of(
                        ProblemType.NOT_IN_THIS_STATE,
                        "%s stays suspended, since it cannot be filled: %s"
                                .formatted(view, ((PgException) failure).getErrorMessage())))
                .onFailure(PgException.class)
                .transform(failure -> RefusedException.of(
                        ProblemType.BUSY,
                        "%s stays suspended, since it could not be filled just now: %s"
                                .formatted(view, failure.getMessage())))
                .invoke(suspended -> {
                    if (suspended == null) {
                        throw RefusedException.of(ProblemType.NOT_THERE, "There is no derived view %s".formatted(view));
                    }
                    if (!suspended) {
                        throw RefusedException.of(ProblemType.NOT_IN_THIS_STATE, "%s is not suspended".formatted(view));
                    }
                })
                .chain(this::status);
    }

    private Uni<Void> change(String statement) {
        return pool.withTransaction(connection -> connection
                        .query(WITH_THE_BATCHES)
                        .execute()
                        .chain(() -> connection.query(statement).execute()))
                .replaceWithVoid();
    }
}
