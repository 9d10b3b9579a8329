package io.streamviews.user.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** A stream of users is taken line by line. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class BulkTest extends UserStreams {

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
                .contains("\"status\":400", "is not gzip");
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    /** By a client of its own: what ends with a failure has its connection closed, be another request on its way or not. */
    private List<JsonNode> sendCompressed(byte[] body) throws Exception {
        HttpRequest.Builder request = request(null).header("Content-Encoding", "gzip");
        return lines(HttpClient.newHttpClient()
                .send(request.POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString())
                .body());
    }

    @Test
    void whatIsNoStreamOfLinesIsRefused() throws Exception {
        assertThat(status(HttpRequest.newBuilder(URI.create(address.toString())).header("Content-Type", "text/csv")))
                .isEqualTo(415);
        assertThat(status(request("two words"))).isEqualTo(400);
    }

    private int status(HttpRequest.Builder request) throws Exception {
        return http.send(request.POST(BodyPublishers.ofString("x")).build(), BodyHandlers.ofString())
                .statusCode();
    }
}
