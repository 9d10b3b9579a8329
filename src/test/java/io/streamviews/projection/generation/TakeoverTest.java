package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import io.streamviews.projection.ViewTables;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A live generation that the migrations of former releases have made. */
class TakeoverTest {

    private static final Map<String, String> SERVERS =
            EmbeddedServersResource.servers().getConfiguration();

    private final String database = "takeover_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private final String url = "postgresql://"
            + SERVERS.get("quarkus.datasource.reactive.url").replaceAll("^.*//|/[^/]*$", "") + "/" + database;
    private final ViewFiles files = ViewFiles.ofMigrations();
    private ViewTables tables;

    @BeforeEach
    void createDatabase() {
        Roles.createDatabase(database);
        tables = new ViewTables(url, "postgres", "views");
    }

    @AfterEach
    void dropDatabase() {
        tables.close();
        try (ViewTables server = new ViewTables(SERVERS.get("quarkus.datasource.reactive.url"), "postgres", "views")) {
            server.query("DROP DATABASE %s WITH (FORCE)".replace("%s", database));
        }
    }

    @Test
    void isWhatTheFilesMakeAndKeepsItsRows() {
        migrate("11");
        tables.query(
                """
                INSERT INTO %s.user_view (user_id, name, email, department, status, created_at, updated_at, version, source_offset)
                VALUES (1, 'n', 'e@example.com', 'd', 'ACTIVE', now(), now(), 1, 0)
                """);
        tables.query("CREATE INDEX of_people ON %s.user_view (email)");

        takeOver();

        Map<String, GenerationPart> asMade =
                GenerationParts.asMade(tables.pool, Views.LIVE).await().indefinitely();
        Map<String, GenerationPart> is = tables.pool
                .withTransaction(connection -> connection
                        .query("SET LOCAL search_path = pg_catalog")
                        .execute()
                        .chain(() -> GenerationParts.of(connection, Views.LIVE)))
                .await()
                .indefinitely();
        assertThat(asMade).isNotEmpty();
        assertThat(is.keySet()).containsAll(asMade.keySet());
        is.keySet().removeAll(asMade.keySet());
        assertThat(is.keySet()).isNotEmpty().allMatch(part -> part.contains("of_people"));
        assertThat(tables.count("SELECT count(*) FROM %s.user_view")).isEqualTo(1);
        assertThat(tables.derivedViewErrors()).isZero();
        String live = fingerprint();
        assertThat(live)
                .isEqualTo(tables.pool
                        .withConnection(connection -> GenerationFiles.fingerprint(connection, files, topic -> topic))
                        .await()
                        .indefinitely());

        takeOver();

        assertThat(fingerprint()).isEqualTo(live);
    }

    @Test
    void ofAReleaseThatIsTooOldIsRefused() {
        migrate("10");

        assertThatThrownBy(this::takeOver)
                .isInstanceOf(WrongViewFilesException.class)
                .hasMessageContaining("start the release with migration 11 first");
    }

    private void migrate(String target) {
        Flyway.configure()
                .dataSource("jdbc:" + url, "postgres", "")
                .locations("former-views")
                .schemas("views")
                .target(target)
                .load()
                .migrate();
    }

    private void takeOver() {
        tables.pool
                .withConnection(connection -> GenerationFiles.takeOver(connection))
                .await()
                .indefinitely();
    }

    private String fingerprint() {
        return GenerationFiles.fingerprint(tables.pool, Views.LIVE).await().indefinitely();
    }
}
