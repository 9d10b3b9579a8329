package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class DeadLetterRetryTest extends LettersOfATopic {

    private static final String CROWD_AT_VERSION =
            "SELECT count(*)::text FROM views.user_view WHERE version = %d AND user_id >= %d";
    private static final String STATS_ERRORS =
            """
            SELECT count(*)::text FROM (
                (SELECT department, user_count, active_users, inactive_users FROM views.department_stats
                 EXCEPT SELECT * FROM views.department_stats_definition)
                UNION ALL
                (SELECT * FROM views.department_stats_definition
                 EXCEPT SELECT department, user_count, active_users, inactive_users FROM views.department_stats)) AS e
            """;

    @Test
    void whatCanBeAppliedNowIsAppliedInOrderAndForgotten() {
        refuse("department LIKE 'refused %'");
        topic.user(id, "refused one", 1);
        topic.user(id, "refused two", 2);
        awaitLetters(2);
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");

        retry("{\"key\":\"%d\"}".formatted(id))
                .statusCode(200)
                .body("retried", equalTo(2))
                .body("applied", equalTo(2))
                .body("failed", equalTo(0));

        letters().body("size()", equalTo(0));
        assertThat(text("SELECT department FROM views.user_view WHERE user_id = " + id))
                .isEqualTo("refused two");
        assertThat(text("SELECT user_count::text FROM views.department_stats WHERE department = 'refused two'"))
                .isEqualTo("1");
    }

    @Test
    void whatStillCannotBeAppliedStaysWithItsNewError() {
        refuse("department IN ('refused a', 'refused b')");
        topic.user(id, "refused a", 1);
        RecordMetadata second = topic.user(id, "refused b", 2);
        RecordMetadata third = topic.rubbish(id, "rubbish");
        awaitLetters(3);
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");
        refuse("department = 'refused b'");

        retry("{\"key\":\"%d\"}".formatted(id))
                .body("retried", equalTo(3))
                .body("applied", equalTo(1))
                .body("failed", equalTo(2));

        letters().body("attempts", contains(2, 2)).body("offset", contains((int) second.offset(), (int)
                third.offset()));
        assertThat(text("SELECT department FROM views.user_view WHERE user_id = " + id))
                .isEqualTo("refused a");
    }

    @Test
    void aRetryDoesNotOverwriteWhatIsNewer() {
        refuse("department = 'refused'");
        topic.user(id, "refused", 1);
        awaitLetters(1);
        topic.user(id, "newer", 2);
        awaitState("SUPERSEDED");
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");

        retry("{\"key\":\"%d\",\"state\":\"SUPERSEDED\"}".formatted(id)).body("applied", equalTo(1));

        assertThat(text("SELECT department FROM views.user_view WHERE user_id = " + id))
                .isEqualTo("newer");
        letters().body("size()", equalTo(0));
    }

    @Test
    void retryingGoesWellWithWhatTheTasksWriteMeanwhile() throws Exception {
        int users = 300;
        refuse("department = 'refused crowd'");
        for (int i = 0; i < users; i++) {
            topic.userAsync(id + 1_000_000 + i, "refused crowd", 1, "");
        }
        awaitCrowd(users);
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 20 * users; i++) {
                topic.userAsync(id + 1_000_000 + i % users, "crowd " + i % 5, 2 + i / users, "");
            }
        });
        writer.start();

        retry("{\"error\":\"REFUSES_SOME\"}").body("applied", equalTo(users)).body("failed", equalTo(0));

        writer.join();
        await().atMost(PATIENCE).until(() -> text(CROWD_AT_VERSION.formatted(21, id + 1_000_000))
                .equals("300"));
        assertThat(text(STATS_ERRORS)).isEqualTo("0");
    }

    @Test
    void lettersOfOneKeyAreRetriedHoweverManyThereAre() {
        int letters = 1_200;
        refuse("department = 'refused " + id + "'");
        for (int version = 1; version <= letters; version++) {
            topic.userAsync(id, "refused " + id, version, "");
        }
        await().atMost(PATIENCE)
                .until(() -> text("SELECT count(*)::text FROM views.dead_letter WHERE row_key = '" + id + "'")
                        .equals(Integer.toString(letters)));
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");

        retry("{\"key\":\"%d\"}".formatted(id)).body("applied", equalTo(letters));

        assertThat(text("SELECT version::text FROM views.user_view WHERE user_id = " + id))
                .isEqualTo(Integer.toString(letters));
        letters().body("size()", equalTo(0));
    }

    @Test
    void lettersOfManyBytesAreRetriedOneByOneAlsoIfTheirHeadersHaveThem() {
        for (int i = 0; i < 3; i++) {
            topic.rubbish(id, "rubbish " + i);
        }
        awaitLetters(3);
        execute(
                "UPDATE views.dead_letter SET headers = '[{\"name\": \"a\", \"value\": \"' || repeat('QUFB', 1500000) || '\"}]'"
                        + " WHERE key = '" + id + "'");

        retry("{\"key\":\"%d\"}".formatted(id)).body("failed", equalTo(3));

        assertThat(text("SELECT count(DISTINCT failed_at)::text FROM views.dead_letter WHERE key = '" + id + "'"))
                .isEqualTo("3");
    }

    private static void awaitCrowd(int count) {
        await().atMost(PATIENCE)
                .until(() -> given().queryParam("error", "refuses_some")
                                .queryParam("limit", 1000)
                                .get(LETTERS)
                                .jsonPath()
                                .getList("$")
                                .size()
                        == count);
    }
}
