package io.streamviews;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rights that the README names are enough for everything that the application does, if it does all as one role. */
class LeastRightsIT {

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
            new Everything(application, application, NAME + "-user-events").works();
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
}
