package io.streamviews.post;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.rest.Sort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A page of the users without posts is found without looking at all 500,000, however many or few of them there are. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ActivityPlanTest {

    private static final long FIRST = 20_000_000;
    private static final int LIMIT = 51;

    /** For each user of the page one block at most, of users and their authors' rows, and what the page itself shows. */
    private static final long MOST_ROWS = LIMIT * 512 * 2 + 12_000;

    private static final String USERS =
            """
            INSERT INTO views.user_view (user_id, name, email, department, status, created_at, updated_at, version,
                                         source_offset)
            SELECT $1::bigint + i, 'U' || i, 'u@example.com', 'Planned ' || i % 20, 'ACTIVE', now(), now(), 1, 0
            FROM generate_series(1, 500000) AS i
            """;
    /** As if they had posts; those would take the test a minute. */
    private static final String AUTHORS =
            """
            INSERT INTO views.user_activity_author (author_id, department_key, posts, first_post_id, last_post_id)
            SELECT user_id, views.department_key(department), 1 + user_id %% 5, user_id, user_id
            FROM views.user_view WHERE user_id > $1 AND %s
            ON CONFLICT DO NOTHING
            """;

    private static final String VACUUM =
            "VACUUM ANALYZE views.user_view, views.user_activity_author, views.user_activity_idle_share";

    @Inject
    Pool pool;

    @AfterEach
    void remove() {
        run("DELETE FROM views.user_activity_author WHERE author_id > $1", Tuple.of(FIRST));
        run("DELETE FROM views.user_view WHERE user_id > $1", Tuple.of(FIRST));
        pool.query(VACUUM).executeAndAwait();
    }

    @Test
    void aPageLooksAtFewRows() {
        run(USERS, Tuple.of(FIRST));

        for (String authors : List.of("user_id % 25000 = 0", "user_id % 3 = 0", "user_id % 10000 <> 77")) {
            run(AUTHORS.formatted(authors), Tuple.of(FIRST));
            pool.query(VACUUM).executeAndAwait();
            assertThatPagesLookAtFewRows(authors);
        }
    }

    private void assertThatPagesLookAtFewRows(String authors) {
        for (boolean descending : new boolean[] {true, false}) {
            Sort order = new Sort("id", descending);
            for (long after : new long[] {order.start(), FIRST + 250_000}) {
                assertThat(rowsOf(IdleUsers.page(order, false, LIMIT), Tuple.of(after)))
                        .as("%s after %d, authors: %s", order, after, authors)
                        .isBetween(1L, MOST_ROWS);
                assertThat(rowsOf(IdleUsers.page(order, true, LIMIT), Tuple.of(after, "Planned 3")))
                        .as("%s after %d in a department, authors: %s", order, after, authors)
                        .isBetween(1L, MOST_ROWS);
            }
        }
    }

    /** Rows that a query's scans have read, also those that they did not pass on. */
    private long rowsOf(String page, Tuple parameters) {
        String plan = run(
                        "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + UserActivityResource.COLUMNS + page, parameters)
                .get(0);
        return rowsOf(new JsonArray(plan).getJsonObject(0).getJsonObject("Plan"));
    }

    private static long rowsOf(JsonObject node) {
        double rows = 0;
        if (node.containsKey("Relation Name") && node.getInteger("Actual Loops") > 0) {
            double each = node.getDouble("Actual Rows") + node.getDouble("Rows Removed by Filter", 0.0);
            rows = each * node.getInteger("Actual Loops");
        }
        for (Object child : node.getJsonArray("Plans", new JsonArray())) {
            rows += rowsOf((JsonObject) child);
        }
        return (long) rows;
    }

    private List<String> run(String sql, Tuple parameters) {
        List<String> rows = new ArrayList<>();
        pool.preparedQuery(sql)
                .executeAndAwait(parameters)
                .forEach(row -> rows.add(row.getValue(0).toString()));
        return rows;
    }
}
