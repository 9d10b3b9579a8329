package io.streamviews.user.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Streams of users in a department that a test has to itself, and the lines that answer them. */
public abstract class UserStreams {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    @TestHTTPResource("/api/users/bulk")
    public URL address;

    @Inject
    Pool pool;

    @Inject
    ObjectMapper mapper;

    final String department = "bulk " + UUID.randomUUID();
    public final HttpClient http = HttpClient.newHttpClient();

    List<JsonNode> send(String body, String key) {
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

    HttpRequest.Builder request(String key) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address.toString())).header("Content-Type", "application/x-ndjson");
        return key == null ? request : request.header("Idempotency-Key", key);
    }

    List<JsonNode> lines(String body) {
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

    static JsonNode last(List<JsonNode> answer) {
        return answer.get(answer.size() - 1);
    }

    static JsonNode summary(List<JsonNode> answer) {
        assertThat(last(answer).get("type").asText()).as(answer.toString()).isEqualTo("Summary");
        return last(answer);
    }

    String users(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(this::user).collect(Collectors.joining("\n"));
    }

    String user(int number) {
        return "{\"name\":\"user %06d\",\"email\":\"user%d@example.com\",\"department\":\"%s\"}"
                .formatted(number, number, department);
    }

    long count(String sql) {
        return pool.preparedQuery(sql)
                .execute(io.vertx.mutiny.sqlclient.Tuple.of(department))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
