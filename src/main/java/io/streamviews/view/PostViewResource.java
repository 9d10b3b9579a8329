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
    private static final String NEXT = " ORDER BY post_id";
    private static final String PAGE = COLUMNS + NEXT;
    private static final String BY_AUTHOR = COLUMNS + "AND author_id = $2" + NEXT;

    /**
     * Neither a department of few nor one that has fallen silent has all posts read: where few have written anything that
     * can be on the page, each of them is asked; else the next posts of all are looked through, and only if those are not
     * enough, each author is asked after all.
     */
    private static final String BY_DEPARTMENT =
            """
            WITH few AS (
                SELECT count(*) < 500 AS few
                FROM (SELECT FROM views.user_activity_author
                      WHERE department_key = views.department_key($2) AND posts > 0 AND last_post_id > $1
                      LIMIT 500) AS author
            ), next AS NOT MATERIALIZED (
                SELECT post_id, author_id FROM views.post_view WHERE post_id > $1 ORDER BY post_id LIMIT 40 * %1$d
            ), near AS (
                SELECT post_id
                FROM next
                WHERE NOT (SELECT few FROM few) AND views.department_key($2) = (
                    SELECT a.department_key FROM views.user_activity_author a WHERE a.author_id = next.author_id)
                ORDER BY post_id
                LIMIT %1$d
            ), seen AS (
                SELECT CASE WHEN (SELECT few FROM few) THEN $1 ELSE (SELECT max(post_id) FROM next) END AS post_id
            ), far AS (
                SELECT p.post_id
                FROM views.user_activity_author a
                CROSS JOIN LATERAL (
                    SELECT post_id FROM views.post_view
                    WHERE author_id = a.author_id AND post_id > (SELECT post_id FROM seen)
                    ORDER BY post_id
                    LIMIT %1$d) AS p
                WHERE a.department_key = views.department_key($2) AND a.posts > 0
                  AND a.last_post_id > (SELECT post_id FROM seen)
                  AND (SELECT count(*) FROM near) < %1$d
                ORDER BY p.post_id
                LIMIT %1$d
            )
            SELECT post_id, title, content, author_id, created_at, updated_at, version,
                   author_name, author_email, author_department, author_status
            FROM (SELECT post_id FROM near UNION ALL SELECT post_id FROM far ORDER BY post_id LIMIT %1$d) AS found
            JOIN views.post_with_author USING (post_id)
            ORDER BY post_id
            """;

    private final ViewReader views;

    PostViewResource(ViewReader views) {
        this.views = views;
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> list(@BeanParam PageRequest page) {
        return page(page, views.page(PAGE, PostRow::read, page, page.after()));
    }

    /** The posts of those who are in a department now. */
    @GET
    @Path("by-department/{department: .+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byDepartment(@PathParam("department") String department, @BeanParam PageRequest page) {
        String sql = BY_DEPARTMENT.formatted(Pages.toRead(page));
        return page(page, views.list(sql, PostRow::read, page.after(), department));
    }

    @GET
    @Path("by-author/{id: \\d+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byAuthor(@PathParam("id") long id, @BeanParam PageRequest page) {
        return page(page, views.page(BY_AUTHOR, PostRow::read, page, page.after(), id));
    }

    private static Uni<Response> page(PageRequest request, Uni<List<Versioned<AuthoredPost>>> posts) {
        return posts.map(read -> Pages.page(request, read, post -> post.value().id(), post -> post));
    }
}
