package io.streamviews.post;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.Days;
import io.streamviews.rest.PageKey;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Sort;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The posts of each day: {@code post_stats}. Days are days of UTC; one without posts is not in the list. */
@Path("/api/views/post-statistics")
@Tag(name = "Views")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class PostStatisticsResource {

    private static final String BY_DAY =
            """
            SELECT day, posts, authors, characters, mean_length, last_updated
            FROM views.post_stats
            WHERE day BETWEEN $1 AND $2
            ORDER BY day %1$s
            """;
    private static final String BY_POSTS =
            """
            SELECT day, posts, authors, characters, mean_length, last_updated
            FROM views.post_stats
            WHERE day BETWEEN $1 AND $2 AND (posts, day) %2$s ($3, $4)
            ORDER BY posts %1$s, day %1$s
            """;
    private static final String TOTALS =
            """
            SELECT count(*) AS days, min(day) AS first_day, max(day) AS last_day,
                   coalesce(sum(posts), 0)::bigint AS posts,
                   (SELECT coalesce(sum(authors), 0)::bigint FROM views.user_activity_share) AS authors,
                   coalesce(sum(characters), 0)::bigint AS characters,
                   round(sum(characters) / sum(posts), 2) AS mean_length
            FROM views.post_stats
            """;

    private static final String NOTHING_LONG = "0";

    private final ViewReader views;

    PostStatisticsResource(ViewReader views) {
        this.views = views;
    }

    /** The days of a range, in their order or by their number of posts. */
    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = DayStatistics.class)))
    public Uni<Response> days(
            @BeanParam Days days,
            @QueryParam("sort") @Parameter(description = "day, -day, posts or -posts (the most first)") String sort,
            @BeanParam PageRequest page) {
        Sort order = Sort.of(sort, "day", "day", "posts");
        return order.name().equals("day") ? byDay(days, order, page) : byPosts(days, order, page);
    }

    /** All days together. */
    @GET
    @Path("totals")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Totals.class)))
    public Uni<Response> totals(@BeanParam ConditionalHeaders condition) {
        Precondition expected = condition.parse();
        return views.first(TOTALS, Totals::of).map(totals -> Representations.tagged(expected, totals));
    }

    private Uni<Response> byDay(Days days, Sort order, PageRequest page) {
        LocalDate first = days.first();
        LocalDate last = days.last();
        if (page.afterText() != null) {
            LocalDate seen = Days.parse("after", page.afterText());
            if (order.descending()) {
                last = seen.isAfter(last) ? last : seen.minusDays(1);
            } else {
                first = seen.isBefore(first) ? first : seen.plusDays(1);
            }
        }
        String sql = BY_DAY.formatted(order.direction());
        return views.page(sql, NOTHING_LONG, DayStatistics::of, page.bound(), first, last)
                .map(read -> Pages.tagged(page, read, DayStatistics::day, day -> day));
    }

    private Uni<Response> byPosts(Days days, Sort order, PageRequest page) {
        PageKey after = page.afterPlace(new PageKey(order.start(), days.first().toString()));
        String sql = BY_POSTS.formatted(order.direction(), order.following());
        return views.page(
                        sql,
                        NOTHING_LONG,
                        DayStatistics::of,
                        page.bound(),
                        days.first(),
                        days.last(),
                        after.number(),
                        Days.parse("after", after.key()))
                .map(read -> Pages.tagged(
                        page, read, day -> new PageKey(day.posts(), day.day().toString()), day -> day));
    }

    /**
     * A row of {@code post_stats}.
     *
     * @param authors how many different ones wrote on that day
     * @param meanLength of a post's content, in characters
     */
    @RegisterForReflection
    record DayStatistics(
            LocalDate day, long posts, long authors, long characters, BigDecimal meanLength, Instant lastUpdated) {

        static DayStatistics of(Row row) {
            return new DayStatistics(
                    row.getLocalDate("day"),
                    row.getLong("posts"),
                    row.getLong("authors"),
                    row.getLong("characters"),
                    row.getBigDecimal("mean_length"),
                    row.getOffsetDateTime("last_updated").toInstant());
        }
    }

    /**
     * What {@code post_stats} comes to.
     *
     * @param days with posts
     * @param firstDay null, as {@code lastDay} and {@code meanLength}, if there are no posts
     */
    @RegisterForReflection
    record Totals(
            long days,
            LocalDate firstDay,
            LocalDate lastDay,
            long posts,
            long authors,
            long characters,
            BigDecimal meanLength) {

        static Totals of(Row row) {
            return new Totals(
                    row.getLong("days"),
                    row.getLocalDate("first_day"),
                    row.getLocalDate("last_day"),
                    row.getLong("posts"),
                    row.getLong("authors"),
                    row.getLong("characters"),
                    row.getBigDecimal("mean_length"));
        }
    }
}
