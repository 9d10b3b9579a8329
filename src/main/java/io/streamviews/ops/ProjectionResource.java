package io.streamviews.ops;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Where the live projection stands, and a switch to have it wait. */
@Path("/api/admin/projection")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class ProjectionResource {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final String STATUS =
            """
            SELECT s.*, extract(epoch FROM s.lag_time)::double precision AS lag_seconds, p.paused_at
            FROM (VALUES (true)) AS always
            LEFT JOIN views.projection_pause p ON true
            LEFT JOIN views.projection_status s ON true
            ORDER BY s.topic, s.partition
            """;

    /** Not while the generations are being exchanged: the new one would not know of it. */
    private static final String WITH_THE_BATCHES =
            "SET LOCAL lock_timeout = '5s'; LOCK TABLE views.projection_position IN ROW EXCLUSIVE MODE";

    private static final String PAUSE = "INSERT INTO views.projection_pause DEFAULT VALUES ON CONFLICT DO NOTHING";
    private static final String RESUME = "DELETE FROM views.projection_pause";

    private final Pool pool;

    ProjectionResource(Pool pool) {
        this.pool = pool;
    }

    @GET
    public Uni<ProjectionStatus> status() {
        return pool.query(STATUS)
                .execute()
                .map(ProjectionStatus::of)
                .ifNoItem()
                .after(TIMEOUT)
                .fail();
    }

    /**
     * Has all instances read nothing more, within a second or two; what has been read by then is still written. It lasts
     * until it is resumed, also over restarts, rebalances and rebuilds.
     */
    @POST
    @Path("pause")
    public Uni<ProjectionStatus> pause() {
        return change(PAUSE);
    }

    /** Has all instances go on. */
    @POST
    @Path("resume")
    public Uni<ProjectionStatus> resume() {
        return change(RESUME);
    }

    private Uni<ProjectionStatus> change(String statement) {
        return pool.withTransaction(connection -> connection
                        .query(WITH_THE_BATCHES)
                        .execute()
                        .chain(() -> connection.query(statement).execute()))
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .chain(this::status);
    }
}
