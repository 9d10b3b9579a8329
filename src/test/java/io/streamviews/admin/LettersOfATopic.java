package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.streamviews.UserTopic;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Bad events of a key that a test has to itself, and the requests on the dead letters that they become. */
abstract class LettersOfATopic {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String LETTERS = "/api/admin/dead-letters";
    /** Each test class may have a class loader of its own, and all share the database. */
    static final AtomicLong NEXT_ID = new AtomicLong(System.currentTimeMillis() * 1_000);

    @Inject
    Pool pool;

    UserTopic topic;
    long id;

    @BeforeEach
    void open() {
        topic = new UserTopic();
        id = NEXT_ID.incrementAndGet();
    }

    @AfterEach
    void close() {
        execute("ALTER TABLE views.user_view DROP CONSTRAINT IF EXISTS refuses_some");
        topic.close();
    }

    void refuse(String condition) {
        execute("ALTER TABLE views.user_view ADD CONSTRAINT refuses_some CHECK (NOT coalesce(%s, false)) NOT VALID"
                .formatted(condition));
    }

    RequestSpecification filtered() {
        return given().queryParam("key", id).queryParam("topic", "user-events");
    }

    ValidatableResponse letters() {
        return filtered().get(LETTERS).then().statusCode(200);
    }

    /** Waits until the only letter is in a state. */
    void awaitState(String state) {
        await().atMost(PATIENCE)
                .until(() -> filtered().get(LETTERS).jsonPath().getList("state").equals(List.of(state)));
    }

    ValidatableResponse awaitLetters(int count) {
        await().atMost(PATIENCE)
                .until(() -> filtered().get(LETTERS).jsonPath().getList("$").size() == count);
        return letters();
    }

    ValidatableResponse letter(RecordMetadata place) {
        return given().get(LETTERS + "/user-events/{partition}/{offset}", place.partition(), place.offset())
                .then();
    }

    ValidatableResponse letter(RecordMetadata place, int status) {
        await().atMost(PATIENCE).until(() -> letter(place).extract().statusCode() == status);
        return letter(place);
    }

    static ValidatableResponse retry(String body) {
        return send("retry", body);
    }

    static ValidatableResponse send(String action, String body) {
        return given().contentType("application/json")
                .body(body)
                .post(LETTERS + "/" + action)
                .then();
    }

    String text(String sql) {
        return pool.query(sql).executeAndAwait().iterator().next().getString(0);
    }

    void execute(String sql) {
        pool.query(sql).executeAndAwait();
    }
}
