package io.streamviews.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** A stream of users is taken line by line, and what breaks off leaves whole chunks. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class BulkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TestHTTPResource("/api/users/bulk")
    URL address;

    @Inject
    Pool pool;

    @Inject
    KeyRetention retention;

    @Inject
    ObjectMapper mapper;

    private final String department = "bulk " + UUID.randomUUID();
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void everyLineBecomesAUserWithItsEvent() {
        JsonNode summary = summary(send(users(5_000), null));

        assertThat(summary.get("accepted").asLong()).isEqualTo(5_000);
        assertThat(summary.get("rejected").asLong()).isZero();
        assertThat(count("SELECT count(*) FROM users WHERE department = $1 AND version = 1"))
                .isEqualTo(5_000);
        assertThat(
                        count(
                                """
                        SELECT count(*) FROM users u JOIN event_log e
                          ON e.aggregate_type = 'user' AND e.aggregate_id = u.id AND e.version = 1
                         WHERE u.department = $1 AND e.payload->'user'->>'name' = u.name
                           AND e.message_key = u.id::text"""))
                .isEqualTo(5_000);
        assertThat(count("SELECT count(*) FROM (SELECT name, lag(name) OVER (ORDER BY id) AS former FROM users"
                        + " WHERE department = $1) AS n WHERE former > name"))
                .isZero();
        assertThat(count("SELECT min(id) FROM users WHERE department = $1"))
                .isEqualTo(summary.get("firstId").asLong());
        assertThat(count("SELECT max(id) FROM users WHERE department = $1"))
                .isEqualTo(summary.get("lastId").asLong());
    }

    @Test
    void aLineThatIsNoUserIsReportedAndStopsNobody() {
        List<JsonNode> answer = send(
                String.join(
                        "\n",
                        user(1),
                        "",
                        "{\"name\":\"\",\"email\":\"no\"}",
                        "<xml/>",
                        "null",
                        user(2),
                        "[]",
                        user(3)),
                null);

        assertThat(summary(answer).get("accepted").asLong()).isEqualTo(3);
        assertThat(answer.stream()
                        .filter(line -> line.get("type").asText().equals("Rejected"))
                        .map(line -> line.get("line").asInt() + " "
                                + line.get("problem").get("status").asInt()))
                .containsExactly("3 400", "4 400", "5 400", "7 400");
        assertThat(answer.toString()).contains("must be a well-formed email address", "The body is not JSON");
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(3);
    }

    @Test
    void aLineTooLongIsOneRejectedLine() {
        List<JsonNode> answer = send(user(1) + "\n" + "x".repeat(1_000_000) + "\n" + user(2), null);

        assertThat(summary(answer).get("accepted").asLong()).isEqualTo(2);
        assertThat(answer.stream().filter(line -> line.has("line")).map(line -> line.get("line")
                        .asInt()))
                .containsExactly(2);
    }

    @Test
    void anEmptyStreamIsNoError() {
        assertThat(summary(send("", null)).get("accepted").asLong()).isZero();
    }

    @Test
    void aStreamMayBeCompressed() throws Exception {
        byte[] whole = gzip(users(2_000));

        assertThat(summary(sendCompressed(whole)).get("accepted").asLong()).isEqualTo(2_000);
        assertThat(last(sendCompressed(Arrays.copyOf(whole, whole.length - 9))).toString())
                .contains("Failure", "is not one whole gzip member");
        assertThat(last(sendCompressed(users(1).getBytes(StandardCharsets.UTF_8)))
                        .toString())
                .contains("Failure", "is not gzip");
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private List<JsonNode> sendCompressed(byte[] body) throws Exception {
        HttpRequest.Builder request = request(null).header("Content-Encoding", "gzip");
        return lines(http.send(request.POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString())
                .body());
    }

    @Test
    void aStreamSentAgainWithItsKeyCreatesNobodyTwice() {
        String key = UUID.randomUUID().toString();
        JsonNode first = summary(send(users(3_000), key));
        JsonNode again = summary(send(users(3_000), key));

        assertThat(again).isEqualTo(first);
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(3_000);
    }

    @Test
    void aStreamThatBrokeOffGoesOnWhereItWasCommitted() throws IOException {
        String key = UUID.randomUUID().toString();
        byte[] all = users(20_000).getBytes(StandardCharsets.UTF_8);
        breakOff(key, all, all.length / 2);
        await().atMost(PATIENCE).until(() -> count("SELECT count(*) FROM users WHERE department = $1") > 0);

        // Whatever the first request still commits, nobody comes twice: one of the two loses the race for the state.
        await().atMost(PATIENCE)
                .until(() -> last(send(users(20_000), key)).get("type").asText().equals("Summary"));

        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(20_000);
        assertThat(count("SELECT count(DISTINCT name) FROM users WHERE department = $1"))
                .isEqualTo(20_000);
    }

    @Test
    void anotherStreamWithTheSameKeyIsRefused() {
        String key = UUID.randomUUID().toString();
        send(users(10), key);

        JsonNode other = last(send(users(10).replace("user 000003", "other"), key));
        JsonNode shorter = last(send(users(5), key));

        assertThat(other.get("type").asText()).isEqualTo("Failure");
        assertThat(other.get("problem").get("status").asInt()).isEqualTo(422);
        assertThat(shorter.get("problem").get("status").asInt()).isEqualTo(422);
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(10);
    }

    @Test
    void aClientThatGoesAwayLeavesNoHalfLine() throws IOException {
        byte[] all = users(3).getBytes(StandardCharsets.UTF_8);
        breakOff(null, all, all.length - 2);

        // The line that was cut off is not taken for a whole one.
        await().atMost(PATIENCE).until(() -> count("SELECT count(*) FROM users WHERE department = $1") == 2);
    }

    @Test
    void aClientThatGoesAwayLeavesTheBeginningOfItsStreamAndNoHalfChunk() throws IOException {
        byte[] all = users(20_000).getBytes(StandardCharsets.UTF_8);
        breakOff(null, all, all.length / 2);

        // Whatever is still committed: no user without its event, and none without those before.
        await().atMost(PATIENCE)
                .during(Duration.ofSeconds(1))
                .until(() ->
                        count("SELECT count(*) - max(substr(name, 6)::bigint) FROM users WHERE department = $1") == 0
                                && count(
                                                """
                                SELECT count(*) FROM users u LEFT JOIN event_log e ON e.aggregate_type = 'user'
                                   AND e.aggregate_id = u.id WHERE u.department = $1 AND e.id IS NULL""")
                                        == 0);
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isBetween(1L, 10_000L);
    }

    @Test
    void whatIsNoStreamOfLinesIsRefused() throws Exception {
        assertThat(status(HttpRequest.newBuilder(URI.create(address.toString())).header("Content-Type", "text/csv")))
                .isEqualTo(415);
        assertThat(status(request("two words"))).isEqualTo(400);
    }

    @Test
    void aKeyIsForgottenInTheEnd() {
        String key = UUID.randomUUID().toString();
        send(users(3), key);
        pool.query("UPDATE bulk_import SET updated_at = now() - interval '25 hours'")
                .executeAndAwait();

        retention.forget().await().atMost(PATIENCE);

        send(users(3), key);
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(6);
    }

    /** Sends the head and a part of the body it announces, then hangs up. */
    private void breakOff(String key, byte[] all, int length) throws IOException {
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            OutputStream out = socket.getOutputStream();
            String head = "POST /api/users/bulk HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-ndjson\r\n"
                    + (key == null ? "" : "Idempotency-Key: " + key + "\r\n")
                    + "Content-Length: " + all.length + "\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.UTF_8));
            out.write(all, 0, length);
            out.flush();
            // Something has been committed when the first answer comes.
            assertThat(socket.getInputStream().read()).isPositive();
        }
    }

    private List<JsonNode> send(String body, String key) {
        try {
            HttpResponse<String> answer =
                    http.send(request(key).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            return lines(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String key) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address.toString())).header("Content-Type", "application/x-ndjson");
        return key == null ? request : request.header("Idempotency-Key", key);
    }

    private int status(HttpRequest.Builder request) throws Exception {
        return http.send(request.POST(BodyPublishers.ofString("x")).build(), BodyHandlers.ofString())
                .statusCode();
    }

    private List<JsonNode> lines(String body) {
        return body.lines()
                .map(line -> {
                    try {
                        return mapper.readTree(line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    private static JsonNode last(List<JsonNode> answer) {
        return answer.get(answer.size() - 1);
    }

    private static JsonNode summary(List<JsonNode> answer) {
        assertThat(last(answer).get("type").asText()).as(answer.toString()).isEqualTo("Summary");
        return last(answer);
    }

    private String users(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(this::user).collect(Collectors.joining("\n"));
    }

    private String user(int number) {
        return "{\"name\":\"user %06d\",\"email\":\"user%d@example.com\",\"department\":\"%s\"}"
                .formatted(number, number, department);
    }

    private long count(String sql) {
        return pool.preparedQuery(sql)
                .execute(io.vertx.mutiny.sqlclient.Tuple.of(department))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
