package io.streamviews.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.stream.Stream;

/** Follows {@code user_view} as an {@code EventSource} does: from one instance, and again from where it broke off. */
final class Follower {

    static final String FEED = "a feed of ";

    private static final Duration BEFORE_TRYING_AGAIN = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int instance;
    private final Cluster cluster;
    private final Rest rest;
    private final Monitor monitor;
    private String lastEventId;

    Follower(int instance, Cluster cluster, Rest rest, Monitor monitor) {
        this.instance = instance;
        this.cluster = cluster;
        this.rest = rest;
        this.monitor = monitor;
    }

    /** Goes on until the monitor is closed. */
    void start() {
        Thread thread = new Thread(this::run, "follower of " + Cluster.NAMES.get(instance));
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!monitor.isClosed()) {
            try {
                follow();
            } catch (IOException | UncheckedIOException broken) {
                // as feeds do when their process ends
            } catch (InterruptedException e) {
                return;
            }
            // as EventSource does
            Time.pass(BEFORE_TRYING_AGAIN);
        }
    }

    private void follow() throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        cluster.process(instance).uri("/api/views/user_view/changes"))
                .timeout(TIMEOUT);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<Stream<String>> answer = rest.http().send(request.build(), BodyHandlers.ofLines());
        try (Stream<String> lines = answer.body()) {
            lines.forEach(this::line);
        }
    }

    private void line(String line) {
        if (line.startsWith("id: ")) {
            lastEventId = line.substring("id: ".length());
        } else if (line.startsWith("data: ") && line.contains("\"op\":\"put\"")) {
            try {
                JsonNode change = JSON.readTree(line.substring("data: ".length()));
                monitor.told(
                        FEED + Cluster.NAMES.get(instance),
                        "user",
                        change.path("key").longValue(),
                        change.path("version").longValue());
            } catch (IOException e) {
                monitor.journal().violation(Invariant.NEVER_OLDER, "a feed told what is no JSON: %s", line);
            }
        }
    }
}
