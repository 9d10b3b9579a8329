package io.streamviews.user.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A key means one request, of a user or of a stream of users: whoever comes second with it is refused. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class KeyOfAnotherKindTest extends UserStreams {

    private static final int ROUNDS = 20;

    /** An address may have twice as many streams. */
    private static final int PAIRS = 5;

    private final String key = UUID.randomUUID().toString();

    @Test
    void theKeyOfAUserIsRefusedForAStream() {
        assertThat(user(key).join().statusCode()).isEqualTo(201);

        HttpResponse<String> stream = stream(key).join();

        assertThat(stream.statusCode()).isEqualTo(422);
        assertThat(stream.body()).contains("422", "Idempotency-Key: the key was used for a single user");
        assertThat(created()).isEqualTo(1);
        assertThat(user(key).join().statusCode()).isEqualTo(201);
    }

    @Test
    void theKeyOfAStreamIsRefusedForAUser() {
        summary(send(users(2), key));

        HttpResponse<String> user = user(key).join();

        assertThat(user.statusCode()).isEqualTo(422);
        assertThat(user.body()).contains("Idempotency-Key: the key was used for another request");
        assertThat(created()).isEqualTo(2);
        summary(send(users(2), key));
    }

    @Test
    void ofAUserAndAStreamAtTheSameTimeOneIsCreated() {
        for (int round = 0; round < ROUNDS; round++) {
            List<String> keys = Stream.generate(() -> UUID.randomUUID().toString())
                    .limit(PAIRS)
                    .toList();
            List<CompletableFuture<HttpResponse<String>>> users =
                    keys.stream().map(this::user).toList();
            List<CompletableFuture<HttpResponse<String>>> streams =
                    keys.stream().map(this::stream).toList();

            for (int i = 0; i < PAIRS; i++) {
                HttpResponse<String> user = users.get(i).join();
                HttpResponse<String> stream = streams.get(i).join();
                boolean first = user.statusCode() == 201;
                assertThat(first || user.statusCode() == 422).as(user.body()).isTrue();
                assertThat(stream.body()).contains(first ? "\"status\":422" : "Summary");
            }
        }
        assertThat(created()).isEqualTo(ROUNDS * PAIRS);
    }

    private long created() {
        return count("SELECT count(*) FROM users WHERE department = $1");
    }

    private CompletableFuture<HttpResponse<String>> user(String key) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(address.toString().replace("/bulk", "")))
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(user(1)))
                        .build(),
                BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> stream(String key) {
        return http.sendAsync(
                request(key).POST(BodyPublishers.ofString(user(1))).build(), BodyHandlers.ofString());
    }
}
