package io.streamviews.view;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.ViewAccess;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.Representations;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Encoded;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Every table and view of the live schema, but the engine's own; addresses of other resources go before. */
@Path("/api/views")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class ViewResource {

    private final ViewSummaries summaries;
    private final ViewRows rows;
    private final ViewAccess access;

    ViewResource(ViewSummaries summaries, ViewRows rows, ViewAccess access) {
        this.summaries = summaries;
        this.rows = rows;
        this.access = access;
    }

    /** What there is to read. */
    @GET
    public Uni<List<ViewSummaries.ViewSummary>> list(@Context RoutingContext request) {
        return summaries.list(views -> access.isAllowed(request, views));
    }

    @GET
    @Path("{view}")
    @Operation(
            summary = "Rows of a view",
            description =
                    "Any other parameter names a column, and says what rows must have in it: eq.x, neq.x, gt.x, gte.x,"
                            + " lt.x, lte.x, in.(x,y), is.null or is.not_null. Several must all hold.")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = Map.class)))
    @APIResponse(responseCode = "404", description = "There is no such view")
    @APIResponse(responseCode = "422", description = "No index serves this filter and order, and the view is not small")
    public Uni<Response> page(
            @PathParam("view") String view,
            @QueryParam("sort") @Parameter(description = "Columns, with commas in between; -x has the greatest first")
                    String sort,
            @QueryParam("columns") @Parameter(description = "Columns of the answer, with commas in between; else all")
                    String columns,
            @BeanParam PageRequest page,
            @Context UriInfo uri,
            @Context RoutingContext request) {
        MultivaluedMap<String, String> parameters = uri.getQueryParameters();
        return rows.page(view, seen(request, known -> Selection.of(known, parameters)), page.afterText(), page.bound())
                .map(read -> Pages.ofJson(page, read.json(), read.last()));
    }

    @GET
    @Path("{view}/{key: .+}")
    @Operation(
            summary = "The row with a primary key",
            description =
                    "A key of several columns has their values in its order, each percent-encoded, with commas in between.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Map.class)))
    @APIResponse(responseCode = "404", description = "There is no such view, it has no key, or no row with it")
    public Uni<Response> row(
            @PathParam("view") String view,
            @PathParam("key") @Encoded String key,
            @QueryParam("columns") @Parameter(description = "Columns of the answer, with commas in between; else all")
                    String columns,
            @BeanParam ConditionalHeaders condition,
            @Context UriInfo uri,
            @Context RoutingContext request) {
        Precondition expected = condition.parse();
        MultivaluedMap<String, String> parameters = uri.getQueryParameters();
        return rows.row(view, seen(request, known -> Selection.ofKey(known, key, parameters)))
                .map(json -> Representations.ofJson(expected, json));
    }

    /** Before anything is said of a view, its client must be allowed all that it shows. */
    private Function<CatalogView, Selection> seen(RoutingContext request, Function<CatalogView, Selection> selection) {
        return view -> {
            access.check(request, view.shown());
            return selection.apply(view);
        };
    }
}
