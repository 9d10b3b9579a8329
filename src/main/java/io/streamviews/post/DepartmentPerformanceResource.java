package io.streamviews.post;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.PageKey;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Sort;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What each department writes: {@code department_performance}. Posts count where their author is now. */
@Path("/api/views/department-performance")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class DepartmentPerformanceResource {

    /** The departments first, then their most active authors' names: what is sorted away costs little. */
    private static final String QUERY =
            """
            SELECT p.*, u.name AS most_active_author_name
            FROM (SELECT d.*, views.department_key(d.department) AS department_key
                  FROM views.department_performance d
                  WHERE %1$s
                  ORDER BY %2$s
                  LIMIT %3$d) AS p
            LEFT JOIN views.user_view u ON u.user_id = p.most_active_author_id
            ORDER BY %2$s
            """;

    private static final String ONE = QUERY.formatted("department = $1", "department", 1);

    private static final String SIZE =
            "coalesce(octet_length(department), 0) + coalesce(octet_length(most_active_author_name), 0)";

    private final ViewReader views;

    DepartmentPerformanceResource(ViewReader views) {
        this.views = views;
    }

    /** All departments that have members; those who have none are a department, too. */
    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = DepartmentPerformance.class)))
    public Uni<Response> list(
            @QueryParam("sort") @Parameter(description = "department, members or posts; behind a minus the most first")
                    String sort,
            @BeanParam PageRequest page) {
        Sort order = Sort.of(sort, "department", "department", "members", "posts");
        if (order.name().equals("department")) {
            String sql = QUERY.formatted(
                    "($1::text IS NULL OR views.department_key(department) " + order.following() + " $1)",
                    "department_key " + order.direction(),
                    page.limit() + 1);
            return views.page(sql, SIZE, DepartmentPerformance::of, page.bound(), page.afterText())
                    .map(read -> Pages.tagged(page, read, DepartmentPerformance::key, entry -> entry));
        }
        return byNumber(order, page);
    }

    @GET
    @Path("{department: .+}")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(implementation = DepartmentPerformance.class)))
    public Uni<Response> get(@PathParam("department") String department, @BeanParam ConditionalHeaders condition) {
        Precondition expected = condition.parse();
        return views.first(ONE, DepartmentPerformance::of, department)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("Department", department))
                .map(found -> Representations.tagged(expected, found));
    }

    private Uni<Response> byNumber(Sort order, PageRequest page) {
        String column = order.name();
        String sql = QUERY.formatted(
                "(%s, views.department_key(department)) %s ($1, $2)".formatted(column, order.following()),
                "%1$s %2$s, department_key %2$s".formatted(column, order.direction()),
                page.limit() + 1);
        PageKey after = page.afterPlace(new PageKey(order.start(), ""));
        return views.page(sql, SIZE, DepartmentPerformance::of, page.bound(), after.number(), after.key())
                .map(read -> Pages.tagged(
                        page,
                        read,
                        entry -> new PageKey(column.equals("posts") ? entry.posts() : entry.members(), entry.key()),
                        entry -> entry));
    }

    /**
     * A row of {@code department_performance}.
     *
     * @param department null: the users who have none
     * @param mostActiveAuthor null if there are no posts
     */
    @RegisterForReflection
    record DepartmentPerformance(
            String department,
            long members,
            long activeMembers,
            long posts,
            BigDecimal postsPerMember,
            long postsLast7Days,
            long postsLast30Days,
            MostActiveAuthor mostActiveAuthor) {

        @RegisterForReflection
        record MostActiveAuthor(long id, String name, long posts) {}

        /** As {@code department_key} in SQL. */
        private String key() {
            return department == null ? "-" : "=" + department;
        }

        static DepartmentPerformance of(Row row) {
            Long author = row.getLong("most_active_author_id");
            return new DepartmentPerformance(
                    row.getString("department"),
                    row.getLong("members"),
                    row.getLong("active_members"),
                    row.getLong("posts"),
                    row.getBigDecimal("posts_per_member"),
                    row.getLong("posts_7_days"),
                    row.getLong("posts_30_days"),
                    author == null
                            ? null
                            : new MostActiveAuthor(
                                    author,
                                    row.getString("most_active_author_name"),
                                    row.getLong("most_active_author_posts")));
        }
    }
}
