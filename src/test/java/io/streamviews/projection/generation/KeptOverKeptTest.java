package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewTables;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Kept views of a kept view that is summed up whenever it is read. */
class KeptOverKeptTest {

    private static final String VIEWS =
            """
            CREATE TABLE sale (id bigint PRIMARY KEY, buyer bigint, day date, amount numeric(10, 2));
            CALL source('sale', 'sales');
            CREATE TABLE buyer (id bigint PRIMARY KEY, city text);
            CALL source('buyer', 'buyers');
            CREATE TABLE country (id bigint PRIMARY KEY, name text);
            CALL source('country', 'countries');

            CREATE VIEW days AS SELECT buyer, day, count(*) AS sales, sum(amount) AS amount FROM sale GROUP BY 1, 2;
            CALL keep('days');
            CREATE VIEW best AS SELECT buyer, max(amount) AS amount FROM days GROUP BY 1;
            CALL keep('best');
            CREATE VIEW cities AS SELECT b.id, b.city, max(amount) AS amount FROM days d JOIN buyer b ON b.id = d.buyer GROUP BY 1;
            CALL keep('cities');
            CREATE VIEW totals AS SELECT b.city, sum(amount) AS amount FROM days d JOIN buyer b ON b.id = d.buyer GROUP BY 1;
            CALL keep('totals');
            CREATE VIEW lonely AS SELECT b.id, max(amount) AS amount, count(c.id) AS countries
            FROM buyer b JOIN days d ON d.sales > 0 LEFT JOIN country c ON d.buyer = b.id GROUP BY 1;
            CALL keep('lonely');
            """;
    private static final int BUYERS = 50_000;

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final String schema = "views_over_" + ProcessHandle.current().pid();
    private final ViewTables tables = new ViewTables(
            servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), schema);

    @BeforeEach
    void make() {
        TestGenerations.make(tables.pool, schema, VIEWS);
    }

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA IF EXISTS %s CASCADE");
        tables.close();
    }

    @Test
    void readNoMoreOfItThanBelongsToWhatHasChanged() {
        tables.query("UPDATE %s.derived_view SET suspended_at = now() WHERE name = 'lonely'");
        tables.query("INSERT INTO %s.buyer SELECT n, 'Ulm', 1, 0 FROM generate_series(1, " + BUYERS + ") n");
        tables.query(
                "INSERT INTO %s.sale SELECT n, n, '2026-01-01', n, 1, 0 FROM generate_series(1, " + BUYERS + ") n");
        tables.query("ANALYZE %s.days_kept");

        assertThat(
                        readOfDays(
                                "INSERT INTO %s.sale SELECT -n, n * 500, '2026-01-02', 700, 1, 0 FROM generate_series(1, 99) n"))
                .isLessThan(BUYERS / 10);

        assertThat(readOfDays("UPDATE %s.buyer SET city = 'Bonn' WHERE id = 500"))
                .isLessThan(BUYERS / 10);

        assertThat(tables.query(
                        "SELECT b.amount, c.amount FROM %s.best b JOIN %s.cities c ON c.id = b.buyer WHERE id = 500"))
                .extracting(Row::deepToString)
                .containsExactly("[700.00,700.00]");
    }

    /** How many rows that are kept of the lower view a statement reads. */
    private long readOfDays(String statement) {
        return tables.pool
                .withTransaction(connection -> Uni.combine()
                        .all()
                        .unis(
                                readOfDays(connection),
                                connection
                                        .query(statement.replace("%s", schema))
                                        .execute(),
                                readOfDays(connection))
                        .usingConcurrencyOf(1)
                        .with((before, done, after) -> after - before))
                .await()
                .indefinitely();
    }

    /** By a session, since it last reported what it does. */
    private Uni<Long> readOfDays(SqlConnection connection) {
        return connection
                .query(
                        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = '%s.days_kept'::regclass"
                                .replace("%s", schema))
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    @Test
    void areWhatTheirDefinitionsSay() {
        tables.query("INSERT INTO %s.country VALUES (1, 'Togo', 1, 0), (2, 'Peru', 1, 0)");
        tables.query("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 0), (2, 'Bonn', 1, 0), (3, 'Jena', 1, 0)");
        List<String> changes = List.of(
                "INSERT INTO %s.sale SELECT n, nullif(n % 4, 0), date '2026-01-01' + n % 3, n, 1, 0 FROM generate_series(1, 20) n",
                "UPDATE %s.sale SET buyer = 2 WHERE id < 5",
                "DELETE FROM %s.sale WHERE buyer = 3",
                "UPDATE %s.buyer SET id = 4 WHERE id = 2",
                "UPDATE %s.sale SET buyer = NULL WHERE id > 18",
                "DELETE FROM %s.country WHERE id = 1");

        for (String change : changes) {
            tables.query(change);

            assertThat(tables.derivedViewErrors()).as(change).isZero();
        }
    }
}
