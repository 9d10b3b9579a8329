package io.streamviews.user;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Versioned;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The users as the post service sees them: {@code user_view}. */
@Path("/api/posts/users")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.user-views.enabled", stringValue = "false")
public class UserViewResource {

    private static final String ONE =
            """
            SELECT user_id, name, email, department, status, created_at, updated_at, version
            FROM views.user_view
            WHERE user_id = $1
            """;
    private static final String PAGE =
            """
            SELECT user_id, name, email, department, status, created_at, updated_at, version
            FROM views.user_view
            WHERE user_id > $1
            ORDER BY user_id
            """;

    private static final String SIZE =
            "octet_length(name) + octet_length(email) + coalesce(octet_length(department), 0)";

    private final ViewReader views;

    UserViewResource(ViewReader views) {
        this.views = views;
    }

    @GET
    public Uni<Response> list(@BeanParam PageRequest page) {
        return views.page(PAGE, SIZE, UserViewResource::versioned, page.bound(), page.after())
                .map(users -> Pages.page(page, users, user -> user.value().id(), user -> user));
    }

    @GET
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = UserRow.class)))
    public Uni<Response> get(@PathParam("id") long id, @BeanParam ConditionalHeaders condition) {
        Precondition expected = condition.parse();
        return views.first(ONE, UserViewResource::versioned, id)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("User", id))
                .map(user -> Representations.tagged(expected, user));
    }

    private static Versioned<UserRow> versioned(Row row) {
        return new Versioned<>(UserRow.of(row), row.getLong("version"));
    }
}
