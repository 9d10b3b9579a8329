package io.streamviews.post;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.PageKey;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Sort;
import io.streamviews.view.ViewReader;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
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

/** What each user does: {@code user_activity}. Users without posts are at the end that they belong to. */
@Path("/api/views/user-activity")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class UserActivityResource {

    static final String COLUMNS =
            """
            SELECT user_id, name, department, status, posts, first_post_id, first_post_at, last_post_id, last_post_at,
                   last_change_at, changes
            FROM views.user_activity
            """;
    private static final String SIZE = "octet_length(name) + coalesce(octet_length(department), 0)";
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
                    @Parameter(
                            description =
                                    "id, posts or lastPost; behind a minus the highest or latest first. Who has no last"
                                            + " post comes last")
                    String sort,
            @BeanParam PageRequest page) {
        Sort order = Sort.of(sort, "id", "id", "posts", "lastPost");
        return switch (order.name()) {
            case "posts" -> list(byPosts(order, page), department, page, UserActivityResource::postsAndId);
            case "lastPost" -> list(byLastPost(order, page), department, page, UserActivityResource::lastPostOrId);
            default ->
                list(
                        List.of(new Part(ActivityIndex.ID::page, order, page.after(order))),
                        department,
                        page,
                        UserActivity::id);
        };
    }

    @GET
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = UserActivity.class)))
    public Uni<Response> get(@PathParam("id") long id, @BeanParam ConditionalHeaders condition) {
        Precondition expected = condition.parse();
        return views.first(ONE, UserActivity::of, id)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("User", id))
                .map(user -> Representations.tagged(expected, user));
    }

    /**
     * The index has the most posts first and then the lowest id, so that is what this order is, or the reverse of it. Who
     * has none is not in the index, and stands at its end.
     */
    private static List<Part> byPosts(Sort sort, PageRequest page) {
        Sort order = new Sort(sort.name(), !sort.descending());
        PageKey after = page.afterPlace(null);
        boolean afterIdle = after != null && after.number() == 0;
        Part idle = new Part(IdleUsers::page, order, afterIdle ? after.id() : order.start());
        Part authors = after == null || afterIdle
                ? new Part(ActivityIndex.POSTS::page, order, order.start(), order.start())
                : new Part(ActivityIndex.POSTS::page, order, -after.number(), after.id());
        if (sort.descending()) {
            return afterIdle ? List.of(idle) : List.of(authors, idle);
        }
        return after == null || afterIdle ? List.of(idle, authors) : List.of(authors);
    }

    /** Who has no post comes last, whatever the direction. */
    private static List<Part> byLastPost(Sort order, PageRequest page) {
        if (page.afterText() != null && page.afterText().contains(",")) {
            return List.of(
                    new Part(IdleUsers::page, order, page.afterPlace(null).id()));
        }
        return List.of(
                new Part(ActivityIndex.LAST_POST::page, order, page.after(order)),
                new Part(IdleUsers::page, order, order.start()));
    }

    private static PageKey postsAndId(UserActivity user) {
        return new PageKey(user.posts(), Long.toString(user.id()));
    }

    private static Object lastPostOrId(UserActivity user) {
        return user.lastPost() == null
                ? postsAndId(user)
                : Long.valueOf(user.lastPost().id());
    }

    private Uni<Response> list(List<Part> parts, String department, PageRequest page, Function<UserActivity, ?> key) {
        return read(parts, department, page.bound()).map(users -> Pages.tagged(page, users, key, user -> user));
    }

    /** From the first part, and only what it lacks from the next one. */
    private Uni<Page<UserActivity>> read(List<Part> parts, String department, PageBound bound) {
        Part part = parts.get(0);
        List<Object> parameters = new ArrayList<>(part.after);
        if (department != null) {
            parameters.add(department);
        }
        String sql = COLUMNS + part.query.page(part.order, department != null, bound.rows() + 1);
        return views.page(sql, SIZE, UserActivity::of, bound, parameters.toArray())
                .chain(found -> found.goesOn() || parts.size() == 1
                        ? Uni.createFrom().item(found)
                        : more(found, parts.subList(1, parts.size()), department, bound));
    }

    /** A page that is full needs to know only whether it goes on. */
    private Uni<Page<UserActivity>> more(
            Page<UserActivity> found, List<Part> parts, String department, PageBound bound) {
        int wanted = bound.rows() - found.entries().size();
        return wanted > 0
                ? read(parts, department, bound.withRows(wanted)).map(found::and)
                : read(parts, department, bound.withRows(1))
                        .map(next -> new Page<>(found.entries(), !next.entries().isEmpty()));
    }

    /** What is to be read of one index, after a place in it. */
    private record Part(Query query, Sort order, List<Long> after) {

        private Part(Query query, Sort order, Long... after) {
            this(query, order, List.of(after));
        }
    }

    /** What follows {@code FROM views.user_activity}. */
    private interface Query {
        String page(Sort order, boolean inDepartment, int limit);
    }
}
