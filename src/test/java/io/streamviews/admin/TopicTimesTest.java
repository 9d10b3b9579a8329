package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading begins at a time, whichever it is. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class TopicTimesTest {

    private static final String TOPIC = "/api/admin/topics/user-events";

    /** To the broker, -1 ms is the end, -2 ms the beginning, and what is before them no question at all. */
    @ParameterizedTest
    @ValueSource(
            strings = {"0001-01-01T00:00:00", "1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00Z"})
    void aTimeBeforeAllRecordsIsTheBeginning(String time) {
        given().contentType("application/json")
                .body("{\"name\":\"Kim\",\"email\":\"kim@example.com\"}")
                .post("/api/users")
                .then()
                .statusCode(201);

        JsonPath topic = given().queryParam("from", time)
                .get(TOPIC)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();

        assertThat(topic.getList("partitions.from")).isEqualTo(topic.getList("partitions.beginning"));
        given().queryParam("from", time).get(TOPIC + "/records").then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1900-01-01",
                "0000-12-31T00:00:00Z",
                "+10000-01-01T00:00:00Z",
                "-1",
                "9999999999999999999",
                "now"
            })
    void whatIsNoPlaceIsRefused(String from) {
        for (String path : new String[] {TOPIC, TOPIC + "/records"}) {
            given().queryParam("from", from)
                    .get(path)
                    .then()
                    .statusCode(400)
                    .body("detail", containsString("must be earliest, latest, an offset, or a time"));
        }
    }
}
