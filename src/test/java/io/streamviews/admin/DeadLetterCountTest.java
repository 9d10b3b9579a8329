package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.MixedSettings;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What readiness says of dead letters follows what this process does to them, without waiting for the next look. */
@QuarkusTest
@TestProfile(MixedSettings.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class DeadLetterCountTest extends LettersOfATopic {

    private int before;
    private int openBefore;

    @BeforeEach
    void count() {
        await().atMost(PATIENCE).until(() -> data("deadLettersCountedAt") != null);
        before = number("deadLetters");
        openBefore = number("deadLettersOpen");
    }

    @Test
    void thoseThatABatchBuriesAreCounted() {
        Instant begun = Instant.now();

        bury(4);

        awaitCounts(before + 4, openBefore + 4);
        assertThat(Instant.parse(data("deadLettersCountedAt"))).isAfter(begun);
    }

    @Test
    void thoseThatAreSupersededCountAsWell() {
        bury(4);
        topic.user(id, "superseding", 2);
        awaitLetters(4).body("findAll { it.state == 'SUPERSEDED' }.size()", equalTo(4));
        topic.rubbish(NEXT_ID.incrementAndGet(), "another");

        awaitCounts(before + 5, openBefore + 1);
    }

    @Test
    void thoseThatAreDiscardedOrAppliedCountNoMore() {
        refuse("department = 'refused'");
        topic.user(id, "refused", 1);
        topic.rubbish(id, "rubbish");
        awaitLetters(2);
        awaitCounts(before + 2, openBefore + 2);
        execute("ALTER TABLE views.user_view DROP CONSTRAINT refuses_some");

        retry("{\"key\":\"%d\"}".formatted(id)).body("applied", equalTo(1));
        awaitCounts(before + 1, openBefore + 1);

        send("discard", "{\"key\":\"%d\",\"reason\":\"test\"}".formatted(id)).body("discarded", equalTo(1));
        awaitCounts(before, openBefore);
    }

    private void bury(int letters) {
        for (int i = 0; i < letters; i++) {
            topic.rubbish(id, "rubbish");
        }
        awaitLetters(letters);
    }

    private static void awaitCounts(int all, int open) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(number("deadLetters")).isEqualTo(all);
            assertThat(number("deadLettersOpen")).isEqualTo(open);
        });
    }

    private static int number(String name) {
        return Integer.parseInt(data(name));
    }

    private static String data(String name) {
        return given().get("/q/health/ready")
                .jsonPath()
                .getString("checks.find { it.name == 'projection' }.data." + name);
    }
}
