package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class DeadLetterTest extends LettersOfATopic {

    @Test
    void anEventThatCannotBeReadIsKeptWithItsPayload() {
        byte[] noText = {(byte) 0xff, 1, 2};
        RecordMetadata place = topic.rubbish(id, noText);

        awaitLetters(1).body("state", contains("OPEN")).body("row", contains(Long.toString(id)));
        letter(place)
                .statusCode(200)
                .body("topic", equalTo("user-events"))
                .body("offset", equalTo((int) place.offset()))
                .body("key", equalTo(Long.toString(id)))
                .body("payload", nullValue())
                .body("payloadBase64", equalTo(Base64.getEncoder().encodeToString(noText)))
                .body("error", containsString("Not JSON"))
                .body("eventAt", notNullValue())
                .body("attempts", equalTo(1));
        letter(topic.rubbish(id, "plain text"), 200).body("payload", equalTo("plain text"));
    }

    @Test
    void aLongPayloadIsShownFromItsBeginningAndCanBeReadWhole() {
        String text = "x" + "가".repeat(70_000);
        RecordMetadata place = topic.rubbish(id, text);

        letter(place, 200)
                .body("payloadBytes", equalTo(210_001))
                .body("truncated", equalTo(true))
                .body("payload", equalTo("x" + "가".repeat(21_845)))
                .body(
                        "payloadBase64",
                        equalTo(Base64.getEncoder().encodeToString(Arrays.copyOf(text.getBytes(UTF_8), 65_536))));
        assertThat(payload(place)
                        .statusCode(200)
                        .contentType("application/octet-stream")
                        .extract()
                        .asByteArray())
                .isEqualTo(text.getBytes(UTF_8));
    }

    @Test
    void aLongPayloadThatIsNoTextIsShownAsBytesOnly() {
        byte[] noText = new byte[100_000];
        noText[50_000] = (byte) 0xff;
        RecordMetadata place = topic.rubbish(id, noText);

        letter(place, 200).body("truncated", equalTo(true)).body("payload", nullValue());
        assertThat(payload(place).extract().asByteArray()).isEqualTo(noText);
    }

    @Test
    void aShortPayloadIsShownWhole() {
        RecordMetadata place = topic.rubbish(id, "가");

        letter(place, 200)
                .body("truncated", equalTo(false))
                .body("payload", equalTo("가"))
                .body("payloadBytes", equalTo(3));
    }

    private static ValidatableResponse payload(RecordMetadata place) {
        return given().get(LETTERS + "/user-events/{partition}/{offset}/payload", place.partition(), place.offset())
                .then();
    }

    @Test
    void anEventThatANewerOneFollowsIsSuperseded() {
        topic.rubbish(id, "rubbish");
        awaitLetters(1);

        topic.user(id, "superseding", 2);

        awaitState("SUPERSEDED");
        given().queryParam("key", id)
                .queryParam("state", "open")
                .get(LETTERS)
                .then()
                .body("size()", equalTo(0));
    }

    @Test
    void anEventOfAnotherKeySupersedesNothing() {
        topic.rubbish(id, "rubbish");
        topic.user(NEXT_ID.incrementAndGet(), "another", 1);

        awaitLetters(1).body("state", contains("OPEN"));
    }

    @Test
    void oneThatIsDiscardedKeepsItsReasonAndIsRetriedOnlyIfItIsNamed() {
        RecordMetadata place = topic.rubbish(id, "rubbish");
        awaitLetters(1);

        send("discard", "{\"key\":\"%d\",\"reason\":\"the producer was broken\"}".formatted(id))
                .statusCode(200)
                .body("discarded", equalTo(1));

        letter(place)
                .body("state", equalTo("DISCARDED"))
                .body("reason", equalTo("the producer was broken"))
                .body("discardedAt", notNullValue());
        retry("{\"key\":\"%d\"}".formatted(id)).body("retried", equalTo(0));
        retry("{\"letters\":[{\"topic\":\"user-events\",\"partition\":%d,\"offset\":%d}]}"
                        .formatted(place.partition(), place.offset()))
                .body("failed", equalTo(1));
        letter(place).body("state", equalTo("DISCARDED"));
    }

    @Test
    void whatWasDiscardedIsNotAskedAgainWhenTheViewsAreRebuilt() {
        RecordMetadata place = topic.rubbish(id, "rubbish");
        awaitLetters(1);
        send("discard", "{\"key\":\"%d\",\"reason\":\"the producer was broken\"}".formatted(id));

        String rebuild = given().contentType("application/json")
                .post("/api/admin/rebuilds")
                .then()
                .statusCode(202)
                .extract()
                .header("Location");

        await().atMost(Duration.ofSeconds(90))
                .until(() -> "DONE".equals(given().get(rebuild).jsonPath().getString("state")));
        letter(place, 200).body("state", equalTo("DISCARDED")).body("reason", equalTo("the producer was broken"));
    }

    @Test
    void pagesFollowTheirLinks() {
        List<Long> offsets = List.of(
                topic.rubbish(id, "1").offset(),
                topic.rubbish(id, "2").offset(),
                topic.rubbish(id, "3").offset());
        awaitLetters(3);

        String link = filtered()
                .queryParam("limit", 2)
                .get(LETTERS)
                .then()
                .body(
                        "offset",
                        contains(offsets.get(0).intValue(), offsets.get(1).intValue()))
                .extract()
                .header("Link");

        given().urlEncodingEnabled(false)
                .get(URI.create(link.substring(1, link.indexOf('>'))))
                .then()
                .statusCode(200)
                .body("offset", contains(offsets.get(2).intValue()));
    }

    @Test
    void healthAndMetricsCountThem() {
        topic.rubbish(id, "rubbish");

        await().atMost(PATIENCE).untilAsserted(() -> {
            int open = given().get("/q/health/ready")
                    .jsonPath()
                    .getInt("checks.find { it.name == 'projection' }.data.deadLettersOpen");
            assertThat(open).isPositive();
            assertThat(given().get("/q/metrics").asString())
                    .contains("streamviews_dead_letters{state=\"open\"} " + (double) open);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"keys\":\"1\"}",
                "{\"key\":\"1\",\"topics\":\"user-events\"}",
                "{\"key\":\"1\",\"all\":true}",
                "{\"state\":\"LOST\"}",
                "{\"letters\":[{\"topic\":\"user-events\"}]}",
                "{\"letters\":[null]}"
            })
    void aRequestThatDoesNotSayWhatIsMeantIsRefused(String body) {
        retry(body).statusCode(400).contentType("application/problem+json");
    }

    @Test
    void nothingIsDiscardedWithoutAReason() {
        send("discard", "{\"key\":\"1\"}").statusCode(400).body("detail", equalTo("reason must not be null"));
        send("discard", "{\"key\":\"1\",\"reason\":\" \"}").statusCode(400);
    }

    @Test
    void wrongFiltersAreRefused() {
        given().queryParam("partition", "x").get(LETTERS).then().statusCode(400);
        given().queryParam("state", "lost").get(LETTERS).then().statusCode(400);
        given().queryParam("after", "7").get(LETTERS).then().statusCode(400);
        given().get(LETTERS + "/user-events/0/999999999").then().statusCode(404);
        given().get(LETTERS + "/user-events/0/999999999/payload").then().statusCode(404);
    }
}
