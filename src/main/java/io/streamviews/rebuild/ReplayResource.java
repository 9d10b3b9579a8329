package io.streamviews.rebuild;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.Audited;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Replays: the live tasks read events again, while all goes on. Heals rows that were deleted or changed by hand. */
@Audited
@Path("/api/admin/replays")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class ReplayResource {

    private final Replays replays;

    ReplayResource(Replays replays) {
        this.replays = replays;
    }

    /** Begins a replay; 409 while there is one of the same topic under way. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Replay.class)))
    @APIResponse(responseCode = "409", description = "A replay of the topic is under way, or it does not exist yet")
    public Uni<Response> begin(@NotNull @Valid ReplayRequest request, @Context UriInfo uri) {
        return replays.request(request).map(replay -> Response.accepted(replay)
                .location(uri.getAbsolutePathBuilder()
                        .path(Long.toString(replay.id()))
                        .build())
                .build());
    }

    @GET
    @Path("{id: \\d+}")
    public Uni<Replay> get(@PathParam("id") long id) {
        return replays.find(id);
    }
}
