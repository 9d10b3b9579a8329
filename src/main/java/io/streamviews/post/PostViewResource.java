package io.streamviews.post;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Versioned;
import io.streamviews.view.ViewReader;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
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
            """;
    private static final String AFTER = COLUMNS + "FROM views.post_with_author WHERE post_id > $1";
    private static final String NEXT = " ORDER BY post_id";
    private static final String PAGE = AFTER + NEXT;
    private static final String BY_AUTHOR = AFTER + " AND author_id = $2" + NEXT;

    /** The posts of a page first, then what the view says of them. */
    private static final String OF_DEPARTMENT = COLUMNS
            + """
            FROM (%s) AS page
            JOIN views.post_with_author USING (post_id)
            ORDER BY post_id
            """;

    /**
     * Those of a department among the next posts of all. Finds none where few have written anything that can be on the
     * page: each of them is soon asked.
     */
    private static final String AMONG_NEXT = OF_DEPARTMENT.formatted(
            """
            SELECT post_id
            FROM (SELECT post_id, author_id FROM views.post_view WHERE post_id > $1 ORDER BY post_id LIMIT 40 * %1$d) AS next
            JOIN views.user_activity_author a USING (author_id)
            WHERE a.department_key = views.department_key($2)
              AND (SELECT count(*) = 500
                   FROM (SELECT FROM views.user_activity_author
                         WHERE department_key = views.department_key($2) AND posts > 0 AND last_post_id > $1
                         LIMIT 500) AS author)
            ORDER BY post_id
            LIMIT %1$d
            """);

    /** The next posts of each author in a department. */
    private static final String OF_EACH_AUTHOR = OF_DEPARTMENT.formatted(
            """
            SELECT p.post_id
            FROM views.user_activity_author a
            CROSS JOIN LATERAL (
                SELECT post_id FROM views.post_view
                WHERE author_id = a.author_id AND post_id > $1
                ORDER BY post_id
                LIMIT %1$d) AS p
            WHERE a.department_key = views.department_key($2) AND a.posts > 0 AND a.last_post_id > $1
            ORDER BY p.post_id
            LIMIT %1$d
            """);

    private static final String SIZE =
            "octet_length(title) + octet_length(content) + coalesce(octet_length(author_name), 0)";

    private final ViewReader views;

    PostViewResource(ViewReader views) {
        this.views = views;
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> list(@BeanParam PageRequest page) {
        return page(page, views.page(PAGE, SIZE, PostRow::read, page.bound(), page.after()));
    }

    /**
     * The posts of those who are in a department now. The next posts of all are looked through, and only if those are not
     * enough, each author is asked: neither a department of few nor one that has fallen silent has all posts read. A page
     * is the answer to one query: in two, an author could stand in two places.
     */
    @GET
    @Path("by-department/{department: .+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byDepartment(@PathParam("department") String department, @BeanParam PageRequest page) {
        return page(
                page,
                ofDepartment(AMONG_NEXT, department, page)
                        .chain(posts -> posts.goesOn()
                                ? Uni.createFrom().item(posts)
                                : ofDepartment(OF_EACH_AUTHOR, department, page)));
    }

    private Uni<Page<Versioned<AuthoredPost>>> ofDepartment(String sql, String department, PageRequest page) {
        String posts = sql.formatted(page.limit() + 1);
        return views.page(posts, SIZE, PostRow::read, page.bound(), page.after(), department);
    }

    @GET
    @Path("by-author/{id: \\d+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = AuthoredPost.class)))
    public Uni<Response> byAuthor(@PathParam("id") long id, @BeanParam PageRequest page) {
        return page(page, views.page(BY_AUTHOR, SIZE, PostRow::read, page.bound(), page.after(), id));
    }

    private static Uni<Response> page(PageRequest request, Uni<Page<Versioned<AuthoredPost>>> posts) {
        return posts.map(read -> Pages.page(request, read, post -> post.value().id(), post -> post));
    }
}
