package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.generation.ViewFiles.ViewFile;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an instance takes its own files for, when it starts while generations are exchanged. */
class OwnFingerprintTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Map<String, String> SERVERS =
            EmbeddedServersResource.servers().getConfiguration();

    private final String database = "fingerprint_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private final ViewFiles own = ViewFiles.in(List.of("classpath:views"));
    private ViewTables tables;
    private SqlConnection instance;
    private SqlConnection rebuild;

    @BeforeEach
    void createDatabase() {
        Roles.createDatabase(database);
        tables = new ViewTables(
                SERVERS.get("quarkus.datasource.reactive.url").replaceAll("/[^/]*$", "/" + database),
                "postgres",
                "views");
        instance = tables.pool.getConnectionAndAwait();
        rebuild = tables.pool.getConnectionAndAwait();
    }

    @AfterEach
    void dropDatabase() {
        tables.close();
        try (ViewTables server = new ViewTables(SERVERS.get("quarkus.datasource.reactive.url"), "postgres", "views")) {
            server.query("DROP DATABASE %s WITH (FORCE)".replace("%s", database));
        }
    }

    @Test
    void isNotThatOfOtherFilesThatTakeTheirPlaceMeanwhile() {
        List<ViewFile> more = new ArrayList<>(own.files());
        more.add(new ViewFile("99_more.sql", "CREATE VIEW more AS SELECT 1 AS n"));
        make("views", own);
        make("views_next", new ViewFiles(more));
        String before = fingerprint().join();
        rebuild.query("BEGIN; LOCK TABLE views.generation_part").executeAndAwait();
        CompletableFuture<String> asked = fingerprint();
        await("Who has read which files are live").atMost(PATIENCE).until(() -> tables.value(
                        "SELECT count(*) FROM pg_locks WHERE NOT granted")
                .equals(1L));

        rebuild.query("ALTER SCHEMA views RENAME TO views_previous; ALTER SCHEMA views_next RENAME TO views; COMMIT")
                .executeAndAwait();

        assertThat(asked.join()).isEqualTo(before);
    }

    private void make(String schema, ViewFiles files) {
        GenerationFiles.make(instance, schema, files, UnaryOperator.identity())
                .await()
                .atMost(PATIENCE);
    }

    private CompletableFuture<String> fingerprint() {
        return GenerationFiles.ownFingerprint(instance, own, UnaryOperator.identity())
                .subscribeAsCompletionStage();
    }
}
