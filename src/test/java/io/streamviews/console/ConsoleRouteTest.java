package io.streamviews.console;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
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
        List<Closeable> open = new ArrayList<>();
        try {
            for (int i = 0; i < Onlookers.MOST_OF_ONE; i++) {
                HttpResponse<InputStream> answer = request();
                assertThat(answer.statusCode()).isEqualTo(200);
                open.add(answer.body());
            }
            HttpResponse<InputStream> refused = request();
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            for (int i = Onlookers.MOST_OF_ONE; i < Onlookers.MOST; i++) {
                assertThat(firstLine("127.0.0.2", open)).contains(" 200 ");
            }
            assertThat(firstLine("127.0.0.3", open)).contains(" 503 ");

            open.remove(0).close();
            await().atMost(PATIENCE).until(() -> {
                HttpResponse<InputStream> next = request();
                open.add(next.body());
                return next.statusCode() == 200;
            });
        } finally {
            for (Closeable each : open) {
                each.close();
            }
        }
    }

    @Test
    void aStreamOfEventsIsAllThereIs() {
        given().accept("application/json").get(ConsoleRoute.PATH).then().statusCode(406);
    }

    /** How one of this machine's own addresses is answered, whose console stays open. */
    private String firstLine(String from, List<Closeable> open) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()));
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(ConsoleRoute.PATH)
                        .getBytes(StandardCharsets.US_ASCII));
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
    }

    private HttpResponse<InputStream> request() throws Exception {
        return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream());
    }
}
