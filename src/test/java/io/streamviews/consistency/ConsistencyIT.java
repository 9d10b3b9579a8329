package io.streamviews.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tokens across processes: the user service and two instances of the post service, each of which projects a part of the
 * partitions, so that about half of what a reader waits for is committed by the other one.
 */
class ConsistencyIT {

    private static final int TIMES = 100;

    @Test
    void whatOneServiceWroteIsReadFromAnyInstanceOfTheOther() {
        try (PackagedProcess users = PackagedProcess.start("token-user", Map.of("quarkus.profile", "user"));
                PackagedProcess first = PackagedProcess.start("token-post-1", Map.of("quarkus.profile", "post"));
                PackagedProcess second = PackagedProcess.start("token-post-2", Map.of("quarkus.profile", "post"))) {
            users.awaitReady();
            first.awaitReady();
            second.awaitReady();
            List<Long> millis = new ArrayList<>();

            for (int i = 0; i < TIMES; i++) {
                PackagedProcess writing = i % 2 == 0 ? first : second;
                PackagedProcess reading = i % 2 == 0 ? second : first;
                HttpResponse<String> user = users.send("POST", "/api/users", user(i));
                assertThat(user.statusCode()).isEqualTo(201);
                HttpResponse<String> post = writing.send(
                        "POST",
                        "/api/posts",
                        "{\"title\":\"t\",\"content\":\"c\",\"authorId\":%d}".formatted(id(user)),
                        token(user));
                assertThat(post.statusCode()).as(post.body()).isEqualTo(201);

                long start = System.nanoTime();
                HttpResponse<String> read =
                        reading.send("GET", "/api/posts/by-department/across-" + i, null, token(post));
                millis.add((System.nanoTime() - start) / 1_000_000);

                assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
                assertThat(JsonPath.from(read.body()).<Integer>getList("id")).containsExactly((int) id(post));
                assertThat(JsonPath.from(read.body()).<String>get("[0].author.name"))
                        .isEqualTo("Author " + i);
            }

            millis.sort(null);
            System.out.printf(
                    "Reads with a token, in the other process: p50 %d ms, p99 %d ms%n",
                    millis.get(TIMES / 2), millis.get(TIMES - 1));
            assertThat(Stream.of(users, first, second).flatMap(process -> process.complaints().stream()))
                    .isEmpty();
        }
    }

    private static String user(int i) {
        return "{\"name\":\"Author %d\",\"email\":\"a@example.com\",\"department\":\"across-%d\"}".formatted(i, i);
    }

    private static long id(HttpResponse<String> created) {
        return JsonPath.from(created.body()).getLong("id");
    }

    private static Map<String, String> token(HttpResponse<String> command) {
        return Map.of(
                ConsistencyToken.HEADER,
                command.headers().firstValue(ConsistencyToken.HEADER).orElseThrow());
    }
}
