package io.streamviews.user.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.user.KeyRetention;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What breaks off leaves whole chunks, and goes on there when it is sent again with its key. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class BulkInterruptionTest extends UserStreams {

    @Inject
    KeyRetention retention;

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

        assertRefused(users(10).replace("user 000003", "other"), key);
        assertRefused(users(5), key);
        assertRefused(users(11), key);
        assertRefused("", key);
        assertThat(count("SELECT count(*) FROM users WHERE department = $1")).isEqualTo(10);
        summary(send(users(10), key));
    }

    @Test
    void aStreamOfNobodyIsARequestToo() {
        String key = UUID.randomUUID().toString();
        summary(send("", key));
        summary(send("", key));

        assertRefused(users(1), key);
    }

    @Test
    void theIdsOfAStreamAreNotToldToAnother() {
        String key = UUID.randomUUID().toString();
        JsonNode first = summary(send(users(100), key));

        // The line that is no user is answered before the others are read, so the failure is a line of the answer, too.
        JsonNode failure = last(send("no user\n" + users(100), key));

        assertThat(failure.get("type").asText()).isEqualTo("Failure");
        assertThat(failure.get("problem").get("status").asInt()).isEqualTo(422);
        assertThat(failure.toString())
                .doesNotContain(first.get("consistencyToken").asText())
                .doesNotContain("firstId", "lastId");
        assertThat(failure.get("accepted").asInt()).isZero();
    }

    private void assertRefused(String body, String key) {
        HttpResponse<String> answer = http.sendAsync(
                        request(key).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString())
                .join();
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("Idempotency-Key").doesNotContain("Id\"");
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
    void aKeyIsForgottenInTheEnd() {
        String key = UUID.randomUUID().toString();
        send(users(3), key);
        pool.query("UPDATE idempotency_key SET used_at = now() - interval '25 hours'")
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
}
