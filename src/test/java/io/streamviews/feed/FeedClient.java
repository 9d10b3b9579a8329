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
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Follows a view as a browser's EventSource does. */
final class FeedClient implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    final List<Event> events = new CopyOnWriteArrayList<>();
    final AtomicInteger comments = new AtomicInteger();
    private final InputStream body;

    /** @param id null if it had none */
    record Event(String id, String name, String text) {

        private static final Pattern CHANGE = Pattern.compile("\"key\":(\\d+),\"version\":(\\d+)");

        JsonPath data() {
            return JsonPath.from(text);
        }

        /** The row and its version, such as {@code 17:2}; quickly, for many. */
        String change() {
            Matcher change = CHANGE.matcher(text);
            return change.find() ? change.group(1) + ":" + change.group(2) : "";
        }
    }

    private FeedClient(InputStream body) {
        this.body = body;
    }

    /** @param lastEventId null if it has none */
    static FeedClient follow(String path, String lastEventId) {
        FeedClient client = opened(get(path, lastEventId));
        client.read();
        return client;
    }

    /** Takes little off the connection until it {@linkplain #read reads}. */
    static FeedClient followUnread(String path) {
        return opened(send(request(path).version(Version.HTTP_1_1)));
    }

    static HttpResponse<InputStream> get(String path, String lastEventId) {
        HttpRequest.Builder request = request(path);
        return send(lastEventId == null ? request : request.header("Last-Event-ID", lastEventId));
    }

    private static FeedClient opened(HttpResponse<InputStream> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        return new FeedClient(answer.body());
    }

    static URI uri(String path) {
        return URI.create("http://localhost:" + RestAssured.port + "/api/views/" + path);
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path));
    }

    private static HttpResponse<InputStream> send(HttpRequest.Builder request) {
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
                .filter(event -> event.change().startsWith(key + ":"))
                .map(event -> event.data().getString("op") + " " + event.data().getLong("version"))
                .toList();
    }

    List<Event> changes() {
        return events.stream().filter(event -> event.name().equals("change")).toList();
    }

    void read() {
        Thread reader = new Thread(this::readAll, "feed client");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll() {
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
                    data = data == null ? line.substring(6) : data + "\n" + line.substring(6);
                } else if (line.startsWith(":")) {
                    comments.incrementAndGet();
                } else if (line.isEmpty() && name != null) {
                    events.add(new Event(id, name, data));
                    id = null;
                    name = null;
                    data = null;
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
