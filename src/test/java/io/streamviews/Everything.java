package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.consistency.ConsistencyToken;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/** All that the application does, once: to find out whether it may. The two services can be one process. */
record Everything(PackagedProcess users, PackagedProcess posts, String topic) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** In an installation that has had no user yet; none is there any more afterwards. */
    void works() {
        HttpResponse<String> user =
                send(users, "POST", "/api/users", "{\"name\":\"n\",\"email\":\"e@example.com\"}", 201);
        await().atMost(PATIENCE).until(() -> posts.get("/api/posts/users/1").statusCode() == 200);
        HttpResponse<String> post =
                send(posts, "POST", "/api/posts", "{\"title\":\"t\",\"content\":\"c\",\"authorId\":1}", 201);
        assertThat(read("/api/posts/by-author/1", post)).contains("\"name\":\"n\"");
        send(users, "POST", "/api/users/bulk", "{\"name\":\"b\",\"email\":\"b@example.com\"}", "application/x-ndjson");

        String rebuild = location(send(posts, "POST", "/api/admin/rebuilds", null, 202));
        await().atMost(PATIENCE).until(() -> "DONE".equals(state(rebuild)));
        send(posts, "POST", rebuild + "/rollback", null, 200);
        send(posts, "POST", "/api/admin/replays", "{\"topic\":\"%s\",\"from\":\"earliest\"}".formatted(topic), 202);
        await().atMost(PATIENCE).until(() -> "CURRENT".equals(state("/api/admin/projection")));
        send(posts, "POST", "/api/admin/projection/pause", null, 200);
        send(posts, "POST", "/api/admin/projection/resume", null, 200);
        String verification = location(send(posts, "POST", "/api/admin/verifications", "{\"depth\":\"deep\"}", 202));
        await().atMost(PATIENCE).until(() -> "DONE".equals(state(verification)));
        assertThat(posts.get(verification).body()).contains("\"ok\":true");

        assertThat(posts.get("/api/admin/topics/" + topic + "/records?from=earliest")
                        .body())
                .contains("\\\"n\\\"");
        try (Stream<String> feed = posts.follow("/api/views/user_view/changes?from=earliest")) {
            assertThat(feed.filter(line -> line.startsWith("data: ") && line.contains("\"op\""))
                            .findFirst())
                    .isPresent();
        }
        assertThat(read("/api/posts/users", user)).contains("\"name\":\"n\"");
        deadLetter();
        send(users, "DELETE", "/api/users/1", null, 204);
        assertThat(users.log() + posts.log()).doesNotContain("ERROR", "permission denied", "uthoriz");
    }

    private void deadLetter() {
        send(posts, "POST", "/api/admin/dead-letters/discard", "{\"key\":\"7\",\"reason\":\"none\"}", 200);
        send(posts, "POST", "/api/admin/dead-letters/retry", "{\"key\":\"7\"}", 200);
    }

    private static void send(PackagedProcess service, String method, String path, String body, String type) {
        HttpResponse<String> answer =
                service.send(method, path, body, Map.of("Content-Type", type, "Idempotency-Key", "k"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static HttpResponse<String> send(
            PackagedProcess service, String method, String path, String json, int status) {
        HttpResponse<String> answer = service.send(method, path, json);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    private String read(String path, HttpResponse<String> command) {
        String token = command.headers().firstValue(ConsistencyToken.HEADER).orElseThrow();
        return posts.send("GET", path, null, Map.of(ConsistencyToken.HEADER, token))
                .body();
    }

    private static String location(HttpResponse<String> accepted) {
        return accepted.headers().firstValue("Location").orElseThrow().replaceAll("^https?://[^/]*", "");
    }

    private String state(String path) {
        return JsonPath.from(posts.get(path).body()).getString("state");
    }
}
