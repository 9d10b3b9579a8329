package io.streamviews.view;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.post.AuthoredPost;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Versioned;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Lists of posts with their authors' data of now: {@code post_with_author}. */
@Path("/api/posts")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class PostViewResource {

    private static final String COLUMNS =
            """
            SELECT post_id, title, content, author_id, created_at, updated_at, version,
                   author_name, author_email, author_department, author_status
            FROM views.post_with_author
            WHERE post_id > $1
            """;
    private static final String NEXT = " ORDER BY post_id LIMIT $2";
    private static final String PAGE = COLUMNS + NEXT;
    private static final String BY_AUTHOR = COLUMNS + "AND author_id = $3" + NEXT;
    private static final String BY_DEPARTMENT = COLUMNS + "AND author_department = $3" + NEXT;

    private final ViewReader views;

    PostViewResource(ViewReader views) {
        this.views = views;
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> list(@BeanParam PageRequest page) {
        return page(page, views.list(PAGE, PostRow::read, page.after(), Pages.toRead(page)));
    }

    /** The posts of those who are in a department now. */
    @GET
    @Path("by-department/{department: .+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byDepartment(@PathParam("department") String department, @BeanParam PageRequest page) {
        return page(page, views.list(BY_DEPARTMENT, PostRow::read, page.after(), Pages.toRead(page), department));
    }

    @GET
    @Path("by-author/{id: \\d+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byAuthor(@PathParam("id") long id, @BeanParam PageRequest page) {
        return page(page, views.list(BY_AUTHOR, PostRow::read, page.after(), Pages.toRead(page), id));
    }

    private static Uni<Response> page(PageRequest request, Uni<List<Versioned<AuthoredPost>>> posts) {
        return posts.map(read -> Pages.page(request, read, post -> post.value().id(), post -> post));
    }
}
