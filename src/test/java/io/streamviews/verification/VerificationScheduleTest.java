package io.streamviews.verification;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(VerificationScheduleTest.EverySecond.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class VerificationScheduleTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Pool pool;

    @Test
    void theViewsAreVerifiedAgainAndAgainAndMetricsTellTheResult() {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(metrics())
                .contains("streamviews_verification_differences{depth=\"shallow\"} 0.0"));

        execute("INSERT INTO views.email_domains_kept VALUES (-7, 'wrong.example', 1)");
        try {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(metrics())
                    .contains("streamviews_verification_differences{depth=\"shallow\"} 1.0"));
        } finally {
            execute("DELETE FROM views.email_domains_kept WHERE share = -7");
        }
    }

    private static String metrics() {
        return given().get("/q/metrics").asString();
    }

    private void execute(String sql) {
        pool.query(sql).executeAndAwait();
    }

    public static class EverySecond implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("streamviews.verification.every", "1s");
        }
    }
}
