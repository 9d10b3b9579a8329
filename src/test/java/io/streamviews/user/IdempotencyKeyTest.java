package io.streamviews.user;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that is sent again with its key takes effect once. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class IdempotencyKeyTest {

    private static final String USER = "{\"name\":\"홍길동\",\"email\":\"hong@example.com\"}";

    @Inject
    Pool pool;

    @Inject
    KeyRetention retention;

    private final String key = UUID.randomUUID().toString();

    @Test
    void aRepetitionIsAnsweredAsTheFirstRequestWas() {
        String first = post(USER, 201);

        assertThat(post(USER, 201)).isEqualTo(first);
    }

    @Test
    void theAnswerIsTheFirstOneEvenWhenTheUserHasChangedSince() {
        String first = post(USER, 201);
        String address = given().contentType("application/json")
                .header("Idempotency-Key", key)
                .body(USER)
                .post("/api/users")
                .header("Location");
        given().contentType("application/json")
                .body(USER.replace("홍", "김"))
                .put(address)
                .then()
                .statusCode(200);

        assertThat(post(USER, 201)).isEqualTo(first);
    }

    @Test
    void aKeyThatWasUsedForAnotherRequestIsRefused() {
        post(USER, 201);

        post(USER.replace("홍", "김"), 422);
    }

    /** A client that asks for protection gets it, or is refused. */
    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b"})
    void whatIsNoKeyIsRefused(String none) {
        given().contentType("application/json")
                .header("Idempotency-Key", none)
                .body(USER)
                .post("/api/users")
                .then()
                .statusCode(400)
                .body("detail", containsString("Idempotency-Key"));
    }

    @Test
    void ofRequestsAtTheSameTimeOneCreatesTheUser() {
        List<String> answers = IntStream.range(0, 32)
                .parallel()
                .mapToObj(i -> post(USER, 201))
                .distinct()
                .toList();

        assertThat(answers).hasSize(1);
    }

    @Test
    void aKeyIsForgottenInTheEnd() {
        String first = post(USER, 201);
        pool.query("UPDATE idempotency_key SET used_at = now() - interval '25 hours'")
                .executeAndAwait();

        retention.forget().await().atMost(Duration.ofSeconds(10));

        assertThat(post(USER, 201)).isNotEqualTo(first);
    }

    @Test
    void manyKeysAreForgottenAtATime() {
        pool.query("INSERT INTO idempotency_key SELECT 'old ' || n, '', n, now() - interval '25 hours'"
                        + " FROM generate_series(1, 25000) n")
                .executeAndAwait();

        retention.forget().await().atMost(Duration.ofSeconds(10));

        assertThat(pool.query("SELECT FROM idempotency_key WHERE key LIKE 'old %'")
                        .executeAndAwait()
                        .size())
                .isZero();
    }

    private String post(String body, int status) {
        return given().contentType("application/json")
                .header("Idempotency-Key", key)
                .body(body)
                .post("/api/users")
                .then()
                .statusCode(status)
                .extract()
                .body()
                .asString();
    }
}
