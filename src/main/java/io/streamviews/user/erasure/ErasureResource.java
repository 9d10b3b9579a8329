package io.streamviews.user.erasure;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import io.streamviews.access.Audit;
import io.streamviews.access.Audited;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.UserErasure;
import io.streamviews.user.erasure.Erasures.Entry;
import io.streamviews.user.erasure.StandingViews.StandingView;
import io.vertx.ext.web.RoutingContext;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
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
import java.sql.SQLException;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Has people forgotten. */
@Audited
@Path("/api/admin/erasures")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@EndpointDisabled(name = "streamviews.user-views.enabled", stringValue = "false")
public class ErasureResource {

    private final Erasures erasures;
    private final ErasureSteps steps;
    private final Certificate certificate;
    private final StandingViews standing;

    ErasureResource(Erasures erasures, ErasureSteps steps, Certificate certificate, StandingViews standing) {
        this.erasures = erasures;
        this.steps = steps;
        this.certificate = certificate;
        this.standing = standing;
    }

    /**
     * Has a person forgotten: a user is deleted, and then what the name and the e-mail address were is erased everywhere. Who
     * asks again is told of the same erasure. Whether the user is still there does not matter.
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Erasure.class)))
    @APIResponse(responseCode = "404", description = "There never was such a user")
    public Response begin(@NotNull ErasureRequest request, @Context UriInfo uri, @Context RoutingContext routing)
            throws SQLException {
        long user = UserErasure.id(request.subject())
                .orElseThrow(() -> RefusedException.violation("subject", "must be user: and a user's id"));
        Entry entry = erasures.ask(request.subject(), user, Audit.who(routing), steps.hidden(user));
        return Response.accepted(certificate.of(entry, standing.find()))
                .location(uri.getAbsolutePathBuilder()
                        .path(Long.toString(entry.id()))
                        .build())
                .build();
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = Erasure.class)))
    public Response list(@BeanParam PageRequest page) throws SQLException {
        List<StandingView> found = standing.find();
        return Pages.page(
                page, erasures.list(page.after(), page.bound()), Entry::id, entry -> certificate.of(entry, found));
    }

    /** How far it is; once it is erased, the certificate: what was erased where, and what remains until when. */
    @GET
    @Path("{id: \\d+}")
    public Erasure get(@PathParam("id") long id) throws SQLException {
        return certificate.of(
                erasures.find(id).orElseThrow(() -> RefusedException.unknown("Erasure", id)), standing.find());
    }

    /** @param subject such as {@code user:17} */
    @RegisterForReflection
    record ErasureRequest(String subject) {}
}
