package io.streamviews.rebuild;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.Audited;
import io.streamviews.projection.generation.DroppedViews;
import io.streamviews.projection.generation.Views;
import io.streamviews.projection.generation.WrongViewFilesException;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.RefusedException;
import io.vertx.core.json.JsonArray;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Rebuilds: a new generation of all views, made from the topics' beginning while people read the live one. */
@Audited
@Path("/api/admin/rebuilds")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class RebuildResource {

    private final Rebuilds rebuilds;
    private final RebuildRunner runner;
    private final RollBack rollBack;
    private final Views views;

    RebuildResource(Rebuilds rebuilds, RebuildRunner runner, RollBack rollBack, Views views) {
        this.rebuilds = rebuilds;
        this.runner = runner;
        this.rollBack = rollBack;
        this.views = views;
    }

    /**
     * Begins a rebuild of this instance's view files; 409 while there is one under way, or if they cannot be run. With
     * {@code hold=true} it waits before the exchange until it is approved, having told what changes for readers; with
     * {@code dropRemoved} it does without what the topics do not hold any more: true, or names of base views, with commas between.
     */
    @POST
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Rebuild.class)))
    public Uni<Response> begin(
            @Parameter(schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false")) @QueryParam("hold")
                    String hold,
            @QueryParam("dropRemoved") String dropRemoved,
            @Context UriInfo uri) {
        boolean holds = isTrue("hold", hold);
        List<String> drops = dropped(dropRemoved);
        return views.fingerprint()
                .onFailure(WrongViewFilesException.class)
                .transform(wrong -> RefusedException.conflict(wrong.getMessage()))
                .flatMap(files -> runner.request(files, holds, drops))
                .map(begun -> Response.accepted(begun)
                        .location(uri.getAbsolutePathBuilder()
                                .path(Long.toString(begun.id()))
                                .build())
                        .build());
    }

    private List<String> dropped(String views) {
        if (views == null || views.equals("false")) {
            return List.of();
        }
        if (views.equals("true")) {
            return List.of(DroppedViews.ALL);
        }
        List<String> names = List.of(views.split(","));
        for (String name : names) {
            if (this.views.find(name).isEmpty()) {
                throw RefusedException.violation(
                        "dropRemoved",
                        "must be true, false, or base views of those that are live; there is no " + name);
            }
        }
        return names;
    }

    private static boolean isTrue(String name, String value) {
        if (value != null && !value.equals("true") && !value.equals("false")) {
            throw RefusedException.violation(name, "must be true or false");
        }
        return "true".equals(value);
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = Rebuild.class)))
    public Uni<Response> list(@BeanParam PageRequest page) {
        return rebuilds.list(page).map(found -> Pages.page(page, found, Rebuild::id, rebuild -> rebuild));
    }

    /**
     * What a rebuild changes for readers, as text: nothing, or some lines for each view. 409 while it is being found out, be it that
     * the live views stand still.
     */
    @GET
    @Path("{id: \\d+}/changes")
    @Produces(MediaType.TEXT_PLAIN)
    public Uni<String> changes(@PathParam("id") long id) {
        return rebuilds.find(id).map(found -> {
            if (found.changes() == null && found.state() == RebuildState.COMPARING) {
                throw RefusedException.conflict("It is not known yet: rows are being compared");
            }
            if (found.changes() == null && found.state() == RebuildState.HELD) {
                throw RefusedException.conflict("It is not known yet: the live views do not move on");
            }
            return found.changes() == null ? "" : ChangesText.of(new JsonArray(found.changes()));
        });
    }

    /** Approves a rebuild that is held: the generations are exchanged. 409 if it is not held. */
    @POST
    @Path("{id: \\d+}/exchange")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Rebuild.class)))
    public Uni<Response> exchange(@PathParam("id") long id) {
        return rebuilds.approve(id).map(approved -> Response.accepted(approved).build());
    }

    @GET
    @Path("{id: \\d+}")
    public Uni<Rebuild> get(@PathParam("id") long id) {
        return rebuilds.find(id);
    }

    /** Has a rebuild end as soon as it can; nothing that people read has changed. 409 if it is over. */
    @DELETE
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Rebuild.class)))
    public Uni<Response> cancel(@PathParam("id") long id) {
        return rebuilds.requestCancel(id).map(asked -> Response.accepted(asked).build());
    }

    /** The same for clients that cannot send DELETE. */
    @POST
    @Path("{id: \\d+}/cancel")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Rebuild.class)))
    public Uni<Response> cancelByPost(@PathParam("id") long id) {
        return cancel(id);
    }

    /**
     * Brings the generation back that was read before this rebuild; when it answers, people read it. It is as old as the
     * rebuild's end, and the projection reads what has come since: for that moment people may see older data.
     */
    @POST
    @Path("{id: \\d+}/rollback")
    public Uni<Rebuild> rollBack(@PathParam("id") long id) {
        return rollBack.of(id);
    }
}
