package io.streamviews.view;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Place;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Sort;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What each user does: {@code user_activity}. Sorted by posts or by the last of them, only those who have any are listed. */
@Path("/api/views/user-activity")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class UserActivityResource {

    private static final String COLUMNS =
            """
            SELECT v.user_id, v.name, v.department, v.status, v.posts, v.first_post_id, v.first_post_at,
                   v.last_post_id, v.last_post_at, v.last_change_at, v.changes
            FROM views.user_activity v
            """;
    private static final String ONE = COLUMNS + "WHERE v.user_id = $1";
    private static final String ALL = COLUMNS + "WHERE true";
    private static final String WITH_POSTS = COLUMNS
            + "JOIN views.user_activity_author a ON a.author_id = v.user_id"
            + " WHERE a.department_key IS NOT NULL AND a.posts > 0";
    private static final String AUTHORS_OF_DEPARTMENT = " AND a.department_key = views.department_key($%d)";

    private final ViewReader views;

    UserActivityResource(ViewReader views) {
        this.views = views;
    }

    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = UserActivity.class)))
    public Uni<Response> list(
            @QueryParam("department") @Parameter(description = "Only those who are there now") String department,
            @QueryParam("sort")
                    @Parameter(description = "id, posts or lastPost; behind a minus the highest or latest first")
                    String sort,
            @BeanParam PageRequest page) {
        Sort order = Sort.of(sort, "id", "id", "posts", "lastPost");
        return switch (order.name()) {
            case "posts" -> byPosts(order, department, page);
            case "lastPost" ->
                list(
                        WITH_POSTS + following("a.last_post_id", order) + in(AUTHORS_OF_DEPARTMENT, 3, department),
                        "a.last_post_id " + order.direction(),
                        page,
                        user -> user.lastPost().id(),
                        page.after(order),
                        department);
            default ->
                list(
                        ALL + following("v.user_id", order) + in(" AND v.department = $%d", 3, department),
                        "v.user_id " + order.direction(),
                        page,
                        UserActivity::id,
                        page.after(order),
                        department);
        };
    }

    @GET
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = UserActivity.class)))
    public Uni<Response> get(@PathParam("id") long id, @Context Request request) {
        return views.first(ONE, UserActivity::of, id)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("User", id))
                .map(user -> Representations.tagged(request, user));
    }

    /** The index has the most posts first and then the lowest id, so that is what this order is, or the reverse of it. */
    private Uni<Response> byPosts(Sort sort, String department, PageRequest page) {
        Sort index = new Sort("posts", !sort.descending());
        Place after = page.afterPlace(new Place(-index.start(), Long.toString(index.start())));
        String sql = WITH_POSTS
                + " AND (-a.posts, a.author_id) %s ($1, $3)".formatted(index.following())
                + in(AUTHORS_OF_DEPARTMENT, 4, department);
        return list(
                sql,
                "-a.posts %1$s, a.author_id %1$s".formatted(index.direction()),
                page,
                user -> new Place(user.posts(), Long.toString(user.id())),
                -after.number(),
                after.id(),
                department);
    }

    /** @param parameters of the query: the first, then, behind the limit, the others that are not null */
    private Uni<Response> list(
            String sql, String order, PageRequest page, Function<UserActivity, ?> key, Object... parameters) {
        List<Object> values = new ArrayList<>(List.of(parameters[0], Pages.toRead(page)));
        for (int i = 1; i < parameters.length; i++) {
            if (parameters[i] != null) {
                values.add(parameters[i]);
            }
        }
        return views.list(sql + " ORDER BY " + order + " LIMIT $2", UserActivity::of, values.toArray())
                .map(users -> Pages.tagged(page, users, key, user -> user));
    }

    private static String following(String key, Sort order) {
        return " AND " + key + " " + order.following() + " $1";
    }

    private static String in(String condition, int parameter, String department) {
        return department == null ? "" : condition.formatted(parameter);
    }
}
