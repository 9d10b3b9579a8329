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
            SELECT user_id, name, department, status, posts, first_post_id, first_post_at, last_post_id, last_post_at,
                   last_change_at, changes
            FROM views.user_activity
            """;
    private static final String ONE = COLUMNS + "WHERE user_id = $1";

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
                        ActivityIndex.LAST_POST,
                        order,
                        department,
                        page,
                        user -> user.lastPost().id(),
                        page.after(order));
            default -> list(ActivityIndex.ID, order, department, page, UserActivity::id, page.after(order));
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
        Sort order = new Sort(sort.name(), !sort.descending());
        Place after = page.afterPlace(new Place(-order.start(), Long.toString(order.start())));
        return list(
                ActivityIndex.POSTS,
                order,
                department,
                page,
                user -> new Place(user.posts(), Long.toString(user.id())),
                -after.number(),
                after.id());
    }

    private Uni<Response> list(
            ActivityIndex index,
            Sort order,
            String department,
            PageRequest page,
            Function<UserActivity, ?> key,
            Object... after) {
        List<Object> parameters = new ArrayList<>(List.of(after));
        if (department != null) {
            parameters.add(department);
        }
        String sql = COLUMNS + index.page(order, department != null, Pages.toRead(page));
        return views.page(sql, UserActivity::of, page, parameters.toArray())
                .map(users -> Pages.tagged(page, users, key, user -> user));
    }
}
