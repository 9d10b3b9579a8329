package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Follows a view as a browser's EventSource does. */
final class FeedClient implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    final List<Event> events = new CopyOnWriteArrayList<>();
    final AtomicInteger comments = new AtomicInteger();
    private final InputStream body;

    /** @param id null if it had none */
    record Event(String id, String name, JsonPath data) {}

    private FeedClient(InputStream body) {
        this.body = body;
        Thread reader = new Thread(this::read, "feed client");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param lastEventId null if it has none */
    static FeedClient follow(String path, String lastEventId) {
        HttpResponse<InputStream> answer = get(path, lastEventId);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        return new FeedClient(answer.body());
    }

    static HttpResponse<InputStream> get(String path, String lastEventId) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/api/views/" + path));
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        try {
            return HTTP.send(request.build(), BodyHandlers.ofInputStream());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Event awaitEvent(Predicate<Event> wanted) {
        await().atMost(PATIENCE).until(() -> events.stream().anyMatch(wanted));
        return events.stream().filter(wanted).findFirst().orElseThrow();
    }

    Event awaitFirst() {
        return awaitEvent(event -> true);
    }

    /** The changes of a row, such as {@code put 2}. */
    List<String> changesOf(long key) {
        return changes().stream()
                .filter(event -> event.data().getLong("key") == key)
                .map(event -> event.data().getString("op") + " " + event.data().getLong("version"))
                .toList();
    }

    List<Event> changes() {
        return events.stream().filter(event -> event.name().equals("change")).toList();
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            String id = null;
            String name = null;
            String data = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.startsWith(":")) {
                    comments.incrementAndGet();
                } else if (line.isEmpty() && name != null) {
                    events.add(new Event(id, name, JsonPath.from(data)));
                    id = null;
                    name = null;
                }
            }
        } catch (IOException closed) {
            // by the test
        }
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
