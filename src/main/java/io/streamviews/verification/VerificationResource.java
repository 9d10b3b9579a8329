package io.streamviews.verification;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import io.streamviews.access.Audited;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.RefusedException;
import io.streamviews.verification.Verification.Depth;
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
import java.util.Arrays;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Has the views compared with what they must be, while everything goes on. */
@Audited
@Path("/api/admin/verifications")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class VerificationResource {

    private final Verifier verifier;
    private final VerificationLog log;

    VerificationResource(Verifier verifier, VerificationLog log) {
        this.verifier = verifier;
        this.log = log;
    }

    /**
     * Begins a verification: {@code shallow} (the default) compares derived views with their definitions; {@code deep}
     * reads the topics anew into a generation aside, and compares base views and dead letters, too.
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = Verification.class)))
    @APIResponse(responseCode = "409", description = "One is under way")
    public Response begin(VerificationRequest request, @Context UriInfo uri) throws SQLException {
        long id = verifier.begin(request == null ? Depth.SHALLOW : request.depthOrShallow());
        return Response.accepted(log.find(id).orElse(null))
                .location(uri.getAbsolutePathBuilder().path(Long.toString(id)).build())
                .build();
    }

    /** The latest hundred, oldest first, without what was found in each view, and as of where. */
    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = Verification.class)))
    public Response list(@BeanParam PageRequest page) throws SQLException {
        return Pages.page(page, log.list(page.after(), page.bound()), Verification::id, found -> found);
    }

    /** What was found: in each view the number of rows, of those that differ, and the first of them; and as of where. */
    @GET
    @Path("{id: \\d+}")
    public Verification get(@PathParam("id") long id) throws SQLException {
        return log.find(id).orElseThrow(() -> RefusedException.unknown("Verification", id));
    }

    @RegisterForReflection
    record VerificationRequest(String depth) {

        Depth depthOrShallow() {
            if (depth == null) {
                return Depth.SHALLOW;
            }
            return Arrays.stream(Depth.values())
                    .filter(known -> known.text().equals(depth))
                    .findFirst()
                    .orElseThrow(() -> RefusedException.violation("depth", "must be shallow or deep"));
        }
    }
}
