package io.streamviews.user;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
    AgroalDataSource database;

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

        assertThat(JsonPath.from(post(USER.replace("홍", "김"), 422)).getString("type"))
                .isEqualTo("/problems/idempotency-key-reused");
    }

    @Test
    void aKeyMeansTheSameWithQuotationMarksAndWithoutThem() {
        String first = post(quoted(key), USER, 201);

        assertThat(post(USER, 201)).isEqualTo(first);
        assertThat(post(quoted("\\\"" + key), USER, 201))
                .isEqualTo(post(quoted("\\\"" + key), USER, 201))
                .isNotEqualTo(first);
    }

    @Test
    void aRequestIsRefusedWhileTheFirstOneWithItsKeyIsBeingWorkedOn() throws SQLException {
        CompletableFuture<String> first;
        try (Connection holder = database.getConnection()) {
            holder.setAutoCommit(false);
            try (Statement sql = holder.createStatement()) {
                sql.execute("LOCK TABLE users IN EXCLUSIVE MODE");
            }
            first = CompletableFuture.supplyAsync(() -> post(USER, 201));
            await().until(() -> pool.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass")
                            .executeAndAwait()
                            .size()
                    == 1);

            JsonPath second = JsonPath.from(post(quoted(key), USER, 409));

            assertThat(second.getString("type")).isEqualTo("/problems/idempotency-key-in-use");
            holder.rollback();
        }
        assertThat(first).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(post(USER, 201));
    }

    /** A client that asks for protection gets it, or is refused. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "\"",
                "\"\"",
                "\" \"",
                "\"a",
                "\"a\"b",
                "\"a\\b\"",
                "\"a\" \"b\"",
                "\"a\", \"b\"",
                "\"é\""
            })
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
        List<Response> answers = IntStream.range(0, 32)
                .parallel()
                .mapToObj(i -> send(key, USER))
                .filter(answer -> answer.statusCode() != 409)
                .toList();

        assertThat(answers).isNotEmpty().allSatisfy(answer -> {
            assertThat(answer.statusCode()).isEqualTo(201);
            assertThat(answer.asString()).isEqualTo(post(USER, 201));
        });
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

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private String post(String body, int status) {
        return post(key, body, status);
    }

    private static String post(String header, String body, int status) {
        return send(header, body).then().statusCode(status).extract().body().asString();
    }

    private static Response send(String header, String body) {
        return given().contentType("application/json")
                .header("Idempotency-Key", header)
                .body(body)
                .post("/api/users");
    }
}
