package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.rest.ConsistencyToken;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rights that the README names are enough for everything that the application does. */
class LeastRightsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAME = "rights_" + ProcessHandle.current().pid();

    @Test
    void forCommandsViewsRebuildsReplaysAndVerifications() throws Exception {
        createDatabase();
        try (PackagedProcess application = PackagedProcess.start(
                "least-rights",
                Map.of(
                        "streamviews.database.name",
                        NAME,
                        "quarkus.datasource.username",
                        NAME,
                        "streamviews.http.second-port",
                        "0",
                        "streamviews.topics.user-events",
                        NAME + "-user-events",
                        "streamviews.topics.post-events",
                        NAME + "-post-events",
                        "quarkus.kafka-streams.application-id",
                        NAME))) {
            application.awaitReady();
            HttpResponse<String> user =
                    send(application, "POST", "/api/users", "{\"name\":\"n\",\"email\":\"e@example.com\"}", 201);
            HttpResponse<String> post =
                    send(application, "POST", "/api/posts", "{\"title\":\"t\",\"content\":\"c\",\"authorId\":1}", 201);
            assertThat(read(application, "/api/posts/by-author/1", post)).contains("\"name\":\"n\"");

            String rebuild = location(send(application, "POST", "/api/admin/rebuilds", null, 202));
            await().atMost(PATIENCE).until(() -> "DONE".equals(state(application, rebuild)));
            send(application, "POST", rebuild + "/rollback", null, 200);
            send(
                    application,
                    "POST",
                    "/api/admin/replays",
                    "{\"topic\":\"%s-user-events\",\"from\":\"earliest\"}".formatted(NAME),
                    202);
            await().atMost(PATIENCE).until(() -> "CURRENT".equals(state(application, "/api/admin/projection")));
            send(application, "POST", "/api/admin/projection/pause", null, 200);
            send(application, "POST", "/api/admin/projection/resume", null, 200);
            String verification =
                    location(send(application, "POST", "/api/admin/verifications", "{\"depth\":\"deep\"}", 202));
            await().atMost(PATIENCE).until(() -> "DONE".equals(state(application, verification)));
            assertThat(application.get(verification).body()).contains("\"ok\":true");

            assertThat(read(application, "/api/posts/users", user)).contains("\"name\":\"n\"");
            send(application, "DELETE", "/api/users/1", null, 204);
            assertThat(application.log()).doesNotContain("ERROR", "permission denied");
        } finally {
            execute("postgres", "DROP DATABASE " + NAME + " WITH (FORCE)");
            execute("postgres", "DROP ROLE " + NAME);
        }
    }

    /** By the README's own statements. */
    private static void createDatabase() throws IOException, SQLException {
        String readme = Files.readString(Path.of("README.md"));
        String block = readme.substring(readme.indexOf("```sql\nCREATE ROLE streamviews"));
        String statements = block.substring("```sql\n".length(), block.indexOf("\n```"));
        String database = "postgres";
        for (String line : statements.lines().toList()) {
            String own = line.replaceAll(" *--.*", "")
                    .replace("materialized_view_db", NAME)
                    .replaceAll("\\bstreamviews\\b", NAME);
            if (own.startsWith("\\c ")) {
                database = own.substring("\\c ".length());
            } else {
                execute(database, own);
            }
        }
    }

    private static void execute(String database, String sql) throws SQLException {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        String url = servers.get("quarkus.datasource.jdbc.url").replaceAll("/[^/]*$", "/" + database);
        try (Connection connection = DriverManager.getConnection(url, servers.get("quarkus.datasource.username"), "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static HttpResponse<String> send(
            PackagedProcess application, String method, String path, String json, int status) {
        HttpResponse<String> answer = application.send(method, path, json);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    private static String read(PackagedProcess application, String path, HttpResponse<String> command) {
        String token = command.headers().firstValue(ConsistencyToken.HEADER).orElseThrow();
        return application
                .send("GET", path, null, Map.of(ConsistencyToken.HEADER, token))
                .body();
    }

    private static String location(HttpResponse<String> accepted) {
        return accepted.headers().firstValue("Location").orElseThrow().replaceAll("^https?://[^/]*", "");
    }

    private static String state(PackagedProcess application, String path) {
        return JsonPath.from(application.get(path).body()).getString("state");
    }
}
