package io.streamviews.console;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the console is told each second. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ConsoleRouteTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TestHTTPResource(ConsoleRoute.PATH)
    URI address;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void firstWhatTheClientMayDoAndThenThePipelineEachSecond() throws Exception {
        try (Stream<String> lines = http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofLines())
                .body()) {
            Iterator<String> data = lines.filter(line -> line.startsWith("data: "))
                    .map(line -> line.substring(6))
                    .iterator();

            assertThat(JsonPath.from(data.next()).getList("roles")).containsExactly("reader", "writer", "operator");
            JsonPath first = JsonPath.from(data.next());
            JsonPath second = JsonPath.from(data.next());

            assertThat(second.getLong("point.at")).isGreaterThan(first.getLong("point.at"));
            assertThat(second.getString("projection.state")).isNotNull();
            assertThat(second.getList("projection.partitions.owner")).isNotEmpty();
            assertThat(second.getDouble("point.commands")).isNotNegative();
            assertThat(second.getLong("relay.head")).isGreaterThanOrEqualTo(second.getLong("relay.cursor"));
        }
    }

    @Test
    void noMoreThanThereMayBeAndRoomAgainWhenOneHasGone() throws Exception {
        List<InputStream> open = new ArrayList<>();
        try {
            for (int i = 0; i < Onlookers.MOST; i++) {
                HttpResponse<InputStream> answer = request();
                assertThat(answer.statusCode()).isEqualTo(200);
                open.add(answer.body());
            }
            HttpResponse<InputStream> refused = request();
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();

            open.remove(0).close();
            await().atMost(PATIENCE).until(() -> {
                HttpResponse<InputStream> next = request();
                open.add(next.body());
                return next.statusCode() == 200;
            });
        } finally {
            for (InputStream each : open) {
                each.close();
            }
        }
    }

    @Test
    void aStreamOfEventsIsAllThereIs() {
        given().accept("application/json").get(ConsoleRoute.PATH).then().statusCode(406);
    }

    private HttpResponse<InputStream> request() throws Exception {
        return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream());
    }
}
