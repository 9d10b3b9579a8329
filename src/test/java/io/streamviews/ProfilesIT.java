package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess.Ended;
import io.streamviews.kafka.ReadyTopics;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/** The user service and the post service as two processes of the same build, on the same broker and database. */
class ProfilesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void theTwoServicesDoTogetherWhatTheOneProcessDoes() {
        try (PackagedProcess users = startAsShipped("user", service("user"));
                PackagedProcess posts = startAsShipped("post", inJson(service("post")))) {
            users.awaitReady();
            posts.awaitReady();

            long author = create(users, "/api/users", user("홍길동", "two services"));
            long post = create(
                    posts,
                    "/api/posts",
                    "{\"title\":\"안녕하세요\",\"content\":\"첫 번째 포스트입니다.\",\"authorId\":%d}".formatted(author));
            awaitBody(posts, "/api/posts/by-author/" + author, "[0].author.name", "홍길동");

            assertThat(users.send("PUT", "/api/users/" + author, user("modi_장웅", "two services"))
                            .statusCode())
                    .isEqualTo(200);
            awaitBody(posts, "/api/posts/" + post, "author.name", "modi_장웅");

            assertThat(users.send("DELETE", "/api/users/" + author, null).statusCode())
                    .isEqualTo(204);
            awaitBody(posts, "/api/posts/" + post, "author", null);
            assertThat(posts.get("/api/posts/users/" + author).statusCode()).isEqualTo(404);

            assertThat(users.get("/api/posts").statusCode()).isEqualTo(404);
            assertThat(users.get("/api/departments/stats").statusCode()).isEqualTo(404);
            assertThat(posts.get("/api/users").statusCode()).isEqualTo(404);
            assertThat(users.get("/").body()).contains("/q/health").doesNotContain("/api/views", "/q/swagger-ui");
            assertThat(posts.get("/").body()).contains("/api/views").doesNotContain("/q/swagger-ui");
            assertThat(users.get("/q/metrics").body()).doesNotContain("streamviews_projection");
            assertThat(users.log().lines().filter(line -> line.contains("Listening on")))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line).startsWith("20"));
            assertThat(posts.log().lines().filter(line -> line.contains("Listening on")))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(JsonPath.from(line).getString("loggerName"))
                            .isEqualTo("io.quarkus"));
            assertThat(Stream.of(users, posts).flatMap(process -> process.complaints().stream()))
                    .isEmpty();
        }
    }

    @Test
    void whereOthersCreateTopicsARelayEndsIfTheyHaveOtherPartitions() throws Exception {
        try (Admin admin = Admin.create(
                Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers()))) {
            ReadyTopics.create(admin, List.of(new NewTopic("others-user-events", 3, (short) 1)));
        }
        Map<String, String> settings = new HashMap<>(service("user"));
        settings.put("streamviews.topics.create", "false");
        settings.put("streamviews.topics.user-events", "others-user-events");

        Ended ended = PackagedProcess.failsToStart("others-topics", settings);

        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).containsOnlyOnce("Topic others-user-events: expected 6 partitions, found 3");
    }

    private static PackagedProcess startAsShipped(String name, Map<String, String> settings) {
        return PackagedProcess.start(name, HttpClient.newHttpClient(), settings, PackagedProcess.AS_SHIPPED);
    }

    /** One that has no more to say of who may do what than that. */
    private static Map<String, String> service(String profile) {
        return Map.of("quarkus.profile", profile, "streamviews.access.anonymous", "reader,writer");
    }

    private static Map<String, String> inJson(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("quarkus.log.console.json.enabled", "true");
        return all;
    }

    private static String user(String name, String department) {
        return "{\"name\":\"%s\",\"email\":\"hong@example.com\",\"department\":\"%s\",\"status\":\"ACTIVE\"}"
                .formatted(name, department);
    }

    private static long create(PackagedProcess service, String path, String json) {
        HttpResponse<String> created = service.send("POST", path, json);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return JsonPath.from(created.body()).getLong("id");
    }

    private static void awaitBody(PackagedProcess service, String path, String at, Object expected) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        JsonPath.from(service.get(path).body()).<Object>get(at))
                .isEqualTo(expected));
    }
}
