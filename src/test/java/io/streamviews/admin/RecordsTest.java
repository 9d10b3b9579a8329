package io.streamviews.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.UserTopic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class RecordsTest {

    private static final String RECORDS = "/api/admin/topics/user-events/records";
    private static final long ID = 71_000_001;

    private UserTopic topic;

    @BeforeEach
    void open() {
        topic = new UserTopic();
    }

    @AfterEach
    void close() {
        topic.close();
    }

    @Test
    void recordsAreLinesOfJsonFromThePlaceToTheEnd() {
        RecordMetadata first = topic.user(ID, "shown", 1);
        RecordMetadata second = topic.rubbish(ID, new byte[] {(byte) 0xff});

        List<String> lines = lines(given().accept("application/x-ndjson")
                .queryParam("partition", first.partition())
                .queryParam("from", first.offset())
                .get(RECORDS)
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson")
                .extract()
                .asString());

        JsonPath shown = JsonPath.from(lines.get(0));
        assertThat(shown.getString("key")).isEqualTo(Long.toString(ID));
        assertThat(shown.getLong("offset")).isEqualTo(first.offset());
        assertThat(shown.getString("timestamp")).endsWith("Z");
        assertThat(shown.getString("value")).contains("\"department\":\"shown\"");
        JsonPath noText = JsonPath.from(lines.get(lines.size() - 1));
        assertThat(noText.getLong("offset")).isEqualTo(second.offset());
        assertThat(noText.getString("valueBase64")).isEqualTo("/w==");
    }

    @Test
    void whoTakesNothingButTextIsGivenText() {
        topic.user(ID, "text", 1);

        given().accept("text/*").get(RECORDS).then().statusCode(200).contentType("text/plain");
    }

    @Test
    void everyRecordOfEveryPartitionIsThere() {
        topic.user(ID, "a", 1);
        topic.user(ID + 1, "b", 1);
        topic.user(ID + 2, "c", 1);
        JsonPath extents = given().get("/api/admin/topics/user-events")
                .then()
                .statusCode(200)
                .body("group", equalTo("post-service-streams"))
                .extract()
                .jsonPath();
        long kept = sum(extents, "partitions.end") - sum(extents, "partitions.beginning");

        // The topic has its own share of every test, and is not compacted within six hours.
        assertThat(lines(given().get(RECORDS).asString())).hasSizeGreaterThanOrEqualTo((int) kept);
    }

    @Test
    void aTimeIsAPlaceAndTheEndHasNothingAfterIt() {
        RecordMetadata first = topic.user(ID, "by time", 1);
        String time = Instant.ofEpochMilli(first.timestamp()).toString();

        assertThat(lines(records(first.partition(), time)))
                .anySatisfy(line -> assertThat(line).contains("by time"));
        assertThat(records(first.partition(), "latest")).isEmpty();
        assertThat(records(first.partition(), "999999999999")).isEmpty();
        assertThat(records(first.partition(), "2999-01-01T00:00:00Z")).isEmpty();
    }

    @Test
    void forPeopleALineHasNothingThatMovesTheirCursor() {
        RecordMetadata place = topic.rubbish(ID, "red\u001b[31m\nline\ttwo");

        String text = given().accept("text/plain")
                .queryParam("partition", place.partition())
                .queryParam("from", place.offset())
                .get(RECORDS)
                .then()
                .statusCode(200)
                .extract()
                .asString();

        assertThat(text)
                .startsWith(ID + "\t")
                .endsWith("\t" + place.partition() + "\t" + place.offset() + "\tred\\u001b[31m\\nline\\ttwo\n");
    }

    @Test
    void otherTopicsAreNotShown() {
        given().get("/api/admin/topics/__consumer_offsets/records")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", containsString("user-events, post-events"));
        given().get("/api/admin/topics/nothing").then().statusCode(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"from=yesterday", "from=-1", "from=2026-13-01T00:00:00Z", "partition=99", "partition=x"})
    void whatMeansNothingIsRefused(String query) {
        for (String path : List.of("", "/records")) {
            given().get("/api/admin/topics/user-events" + path + "?" + query)
                    .then()
                    .statusCode(400)
                    .contentType("application/problem+json");
        }
    }

    @Test
    void twoMayReadAtOnceFromOneAddressAndWhoHangsUpMakesRoom() throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            sent.add(topic.userAsync(ID, "large", i, "x".repeat(20_000)));
        }
        int partition = sent.get(0).get().partition();
        sent.get(sent.size() - 1).get();
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                slow.add(readSlowly(partition));
            }

            assertThat(status(partition)).isEqualTo(429);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> status(partition) == 200);
    }

    private static long sum(JsonPath json, String path) {
        return json.getList(path, Long.class).stream().mapToLong(each -> each).sum();
    }

    /** Asks for all records, and reads no further than the first line of the answer. */
    private static Socket readSlowly(int partition) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress("localhost", RestAssured.port));
        socket.getOutputStream()
                .write("GET %s?partition=%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(RECORDS, partition)
                        .getBytes(StandardCharsets.US_ASCII));
        String status = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 256)
                .readLine();
        assertThat(status).contains("200");
        return socket;
    }

    private static int status(int partition) {
        return given().queryParam("partition", partition)
                .queryParam("from", "latest")
                .get(RECORDS)
                .statusCode();
    }

    private static String records(int partition, String from) {
        return given().queryParam("partition", partition)
                .queryParam("from", from)
                .get(RECORDS)
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    private static List<String> lines(String text) {
        return text.lines().toList();
    }
}
