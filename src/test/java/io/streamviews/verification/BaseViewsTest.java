package io.streamviews.verification;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.generation.RemovedPlaces;
import io.streamviews.source.BaseView;
import io.streamviews.source.TableColumn;
import io.streamviews.verification.BaseViewComparison.Places;
import io.streamviews.verification.ViewResult.Difference;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BaseViewsTest {

    private static final BaseView VIEW = BaseView.of(
            "user_view",
            "user-events",
            List.of(new TableColumn("user_id", "bigint", "int8", -1, true, false)),
            List.of("user_id"),
            "{\"columns\": {}, \"envelope\": \"plain\", \"keyFormat\": \"text\"}");

    private Connection live;
    private Connection anew;

    @BeforeEach
    void createTwoGenerations() throws SQLException {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        String url = servers.get("quarkus.datasource.jdbc.url");
        live = DriverManager.getConnection(url, servers.get("quarkus.datasource.username"), "");
        anew = DriverManager.getConnection(url, servers.get("quarkus.datasource.username"), "");
        for (String schema : new String[] {"compared_live", "compared_anew"}) {
            execute("CREATE SCHEMA " + schema);
            execute(
                    """
                    CREATE TABLE %s.user_view (
                        user_id bigint PRIMARY KEY, name text, source_offset bigint, last_processed_at timestamptz,
                        version bigint DEFAULT 1)
                    """
                            .formatted(schema));
            execute("CREATE TABLE %s.dead_letter (base_view text, row_key text)".formatted(schema));
            execute(
                    "CREATE TABLE %s.tombstone (base_view text, key text, erased_before bigint, version bigint, source_offset bigint)"
                            .formatted(schema));
        }
    }

    @AfterEach
    void drop() throws SQLException {
        anew.close();
        execute("DROP SCHEMA compared_live CASCADE; DROP SCHEMA compared_anew CASCADE");
        live.close();
    }

    @Test
    void equalRowsAreEqualWheneverTheyWereWritten() throws SQLException {
        fill("compared_live", -1_500, 1_500);
        fill("compared_anew", -1_500, 1_500);
        execute("UPDATE compared_anew.user_view SET last_processed_at = '2001-01-01'");

        assertThat(compare(0)).isEqualTo(new ViewResult("user_view", 3_001, 0, List.of(), 0));
    }

    @Test
    void rowsThatAreMissingAtEitherEndAndBetweenAreFound() throws SQLException {
        fill("compared_live", 1, 2_500);
        fill("compared_anew", 1, 2_500);
        execute("DELETE FROM compared_live.user_view WHERE user_id IN (1, 1234, 999)");
        execute("DELETE FROM compared_anew.user_view WHERE user_id = 100");

        ViewResult result = compare(0);

        assertThat(result.rows()).isEqualTo(2_497);
        assertThat(result.firstDiffering()).extracting(Difference::key).containsExactly("1", "100", "999", "1234");
        assertThat(result.firstDiffering().get(0).live()).isNull();
        assertThat(result.firstDiffering().get(1).expected()).isNull();
        assertThat(result.firstDiffering().get(2).expected()).contains("\"name\": \"n999\"");
    }

    @Test
    void noMoreThanTenAreShownAndAllAreCounted() throws SQLException {
        fill("compared_anew", 1, 2_500);

        ViewResult result = compare(0);

        assertThat(result.differing()).isEqualTo(2_500);
        assertThat(result.firstDiffering()).hasSize(10);
    }

    @Test
    void aRowWhoseEventIsNoLongerKeptIsNoDifference() throws SQLException {
        fill("compared_live", 1, 20);
        fill("compared_anew", 11, 20);

        ViewResult result = compare(8);

        assertThat(result.notInLog()).isEqualTo(7);
        assertThat(result.firstDiffering()).extracting(Difference::key).containsExactlyInAnyOrder("8", "9", "10");
    }

    @Test
    void norIsOneOrADeletionThatIsNewerThanWhatIsStillKept() throws SQLException {
        fill("compared_live", 1, 3);
        fill("compared_anew", 1, 5);
        execute(
                "UPDATE compared_live.user_view SET version = 2 WHERE user_id = 2;"
                        + " UPDATE compared_anew.user_view SET source_offset = 20 WHERE user_id = 2;"
                        + " INSERT INTO compared_live.tombstone VALUES ('user_view', '4', -1, 2, 4), ('user_view', '5', -1, 1, 4)");

        ViewResult result = compare(10);

        assertThat(result.notInLog()).isEqualTo(2);
        assertThat(result.firstDiffering()).extracting(Difference::key).containsExactly("5");
    }

    @Test
    void norIsOneOfWhichCompactionHasLeftAnEventThatCannotBeRead() throws SQLException {
        fill("compared_live", 1, 3);
        fill("compared_anew", 1, 1);
        execute("INSERT INTO compared_anew.dead_letter VALUES ('user_view', '2'), ('post_view', '3')");

        ViewResult result = compare(0);

        assertThat(result.notInLog()).isEqualTo(1);
        assertThat(result.firstDiffering()).extracting(Difference::key).containsExactly("3");
    }

    private ViewResult compare(long logBeginning) throws SQLException {
        Snapshot.begin(live, Duration.ofMinutes(1));
        Snapshot.begin(anew, Duration.ofMinutes(1));
        try {
            return BaseViewComparison.compare(
                    VIEW,
                    live,
                    "compared_live",
                    anew,
                    "compared_anew",
                    new Places(new RemovedPlaces(List.of(new RemovedPlaces.Range(0, logBeginning))), true));
        } finally {
            Snapshot.end(live);
            Snapshot.end(anew);
        }
    }

    private void fill(String schema, int from, int to) throws SQLException {
        execute("INSERT INTO %s.user_view SELECT i, 'n' || i, i, now() FROM generate_series(%d, %d) AS i"
                .formatted(schema, from, to));
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = live.createStatement()) {
            statement.execute(sql);
        }
    }
}
