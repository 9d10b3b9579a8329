package io.streamviews.user;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The departments' statistics: {@code department_stats}. */
@Path("/api/departments")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.user-views.enabled", stringValue = "false")
public class DepartmentResource {

    /** Those without a department come last, so nothing follows them. */
    private static final String PAGE =
            """
            SELECT department, user_count, active_users, inactive_users, last_updated
            FROM views.department_stats
            WHERE $1::text IS NULL OR department > $1 OR department IS NULL
            ORDER BY department NULLS LAST
            """;

    private final ViewReader views;

    DepartmentResource(ViewReader views) {
        this.views = views;
    }

    /** Members by department, ordered and paged by its name; those who have none are the last entry. */
    @GET
    @Path("stats")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = DepartmentStats.class)))
    public Uni<Response> stats(@BeanParam PageRequest page) {
        return views.page(PAGE, "octet_length(department)", DepartmentStats::of, page.bound(), page.afterText())
                .map(departments -> Pages.page(page, departments, DepartmentStats::department, stats -> stats));
    }

    /**
     * A row of {@code department_stats}.
     *
     * @param department null: the users who have none
     */
    @RegisterForReflection
    record DepartmentStats(
            String department, long userCount, long activeUsers, long inactiveUsers, Instant lastUpdated) {

        static DepartmentStats of(Row row) {
            return new DepartmentStats(
                    row.getString("department"),
                    row.getLong("user_count"),
                    row.getLong("active_users"),
                    row.getLong("inactive_users"),
                    row.getOffsetDateTime("last_updated").toInstant());
        }
    }
}
