package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewTables;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A kept view is what its definition says, whatever a session has set or made, and whatever a file does to a base view. */
class KeptViewSessionTest {

    private static final String TABLES =
            """
            CREATE TYPE pair AS (a integer, b integer);
            CREATE TABLE sale (id bigint PRIMARY KEY, buyer bigint, country text, n integer, amount numeric, tags text[], pair pair);
            CALL source('sale', 'sales', record_key => '/buyer', version => '/version');
            CREATE TABLE buyer (buyer bigint PRIMARY KEY, city text, score numeric);
            CALL source('buyer', 'buyers', '{"buyer": "key"}');
            CREATE TABLE line (n integer, buyer bigint, price integer, PRIMARY KEY (n, buyer));
            CALL source('line', 'lines', record_key => '/buyer', version => '/version');
            """;

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final String schema = "views_session_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private final ViewTables tables = new ViewTables(
            servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), schema);

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA IF EXISTS %s CASCADE");
        tables.close();
    }

    private void make(String views) {
        TestGenerations.make(tables.pool, schema, TABLES + views);
    }

    private static String kept(String view, String definition) {
        return "CREATE VIEW %s AS %s; CALL keep('%s');".formatted(view, definition, view);
    }

    private KeptViewSession session(int partition) {
        return new KeptViewSession(tables.pool, schema, partition);
    }

    private List<String> rows(String view) {
        return tables.query("SELECT v::text FROM %s." + view + " v ORDER BY 1").stream()
                .map(row -> row.getString(0))
                .toList();
    }

    private void sale(int id, int buyer, String country, int n) {
        tables.query(
                "INSERT INTO %%s.sale (id, buyer, country, n, version, source_offset) VALUES (%d, %d, '%s', %d, 1, 0)"
                        .formatted(id, buyer, country, n));
    }

    @Test
    void tasksTakeTurnsWhereARowMayMoveToAnotherPartition() {
        make(kept("most", "SELECT buyer, max(n) FROM sale GROUP BY 1")
                + kept("cities", "SELECT city, count(*) FROM sale JOIN buyer USING (buyer) GROUP BY 1"));
        tables.query("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 1, 0), (2, 'Bonn', 1, 1, 0)");
        sale(1, 1, "de", 7);
        try (KeptViewSession from = session(0);
                KeptViewSession to = session(1)) {
            to.run("BEGIN; UPDATE %s.sale SET buyer = 2, version = 2 WHERE id = 1");

            assertThatThrownBy(() -> from.run("UPDATE %s.buyer SET city = 'Jena' WHERE buyer = 1"))
                    .hasMessageContaining("lock timeout");

            to.run("COMMIT");
            from.run("UPDATE %s.buyer SET city = 'Jena' WHERE buyer = 1");
        }

        assertThat(rows("most")).containsExactly("(2,7)");
        assertThat(rows("cities")).containsExactly("(Bonn,1)");
    }

    @Test
    void tasksTakeNoTurnsWhereARowsOwnKeyHasThatOfItsRecord() {
        make(kept("most", "SELECT buyer, max(price) FROM line GROUP BY 1")
                + kept("cities", "SELECT city, sum(price) FROM line JOIN buyer USING (buyer) GROUP BY 1"));
        tables.query("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 1, 0), (2, 'Ulm', 1, 1, 0)");
        try (KeptViewSession one = session(0);
                KeptViewSession other = session(1)) {
            one.run("BEGIN; INSERT INTO %s.line VALUES (1, 1, 5, 1, 0)");
            other.run("INSERT INTO %s.line VALUES (1, 2, 7, 1, 0)");
            one.run("COMMIT");
        }

        assertThat(rows("most")).containsExactly("(1,5)", "(2,7)");
        assertThat(rows("cities")).containsExactly("(Ulm,12)");
    }

    @Test
    void isReadAndKeptInTheSameWayWhateverASessionHasSet() {
        make(
                "SET LOCAL \"DateStyle\" = 'SQL, DMY'; SET LOCAL \"IntervalStyle\" = sql_standard; SET LOCAL extra_float_digits = -10;"
                        + "SET LOCAL quote_all_identifiers = on;"
                        + kept(
                                "counts",
                                """
                        SELECT country, count(*) FILTER (WHERE country <> '\\') AS plain, count(*) FILTER (WHERE tags = '{NULL}') AS tags,
                            count(*) FILTER (WHERE last_processed_at > '2026-02-03 04:05Z') AS late,
                            count(*) FILTER (WHERE n * interval '3 hours' > '1 day -02:03:04') AS longer,
                            count(*) FILTER (WHERE n::double precision < '1.00000000001') AS few
                        FROM sale GROUP BY 1"""));
        assertThat(tables.query("SELECT way FROM %s.kept_view"))
                .extracting(row -> row.getString(0))
                .containsExactly("DIFFERENCE");
        try (KeptViewSession person = session(-1)) {
            person.run(
                    "SET standard_conforming_strings = off; SET backslash_quote = on; SET array_nulls = off; SET \"DateStyle\" = 'ISO, MDY'");
            person.run(
                    """
                    INSERT INTO %s.sale (id, country, n, tags, last_processed_at, version, source_offset)
                    SELECT n, 'de', n, ARRAY[NULL::text], make_timestamptz(2026, 2, n, 0, 0, 0, 'UTC'), 1, 0 FROM generate_series(1, 10) n
                    """);
            person.run("DELETE FROM %s.sale WHERE id = 7");
        }

        assertThat(rows("counts")).containsExactly("(de,9,9,6,3,1)");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void isNotMistakenForATemporaryTable() {
        make(kept("counts", "SELECT country, count(*) FROM sale GROUP BY 1")
                + kept("most", "SELECT country, max(n) FROM sale GROUP BY 1"));
        try (KeptViewSession person = session(-1)) {
            person.run("BEGIN; CREATE TEMP TABLE counts_kept (LIKE %s.counts_kept INCLUDING ALL) ON COMMIT DROP;"
                    + "CREATE TEMP TABLE sale (LIKE %s.sale) ON COMMIT DROP");
            person.run(
                    "INSERT INTO %s.sale (id, country, n, version, source_offset) VALUES (1, 'de', 1, 1, 0); COMMIT");
        }

        assertThat(rows("counts")).containsExactly("(de,1)");
        assertThat(rows("most")).containsExactly("(de,1)");
    }

    @Test
    void followsATableThatHasGotFurtherColumns() {
        make("ALTER TABLE sale ADD early integer; ALTER TABLE sale RENAME country TO land;"
                + kept("counts", "SELECT land, sum(early) FROM sale GROUP BY 1")
                + kept("most", "SELECT land, max(early) FROM sale GROUP BY 1")
                + "ALTER TABLE sale ADD late integer;"
                + kept("latest", "SELECT late, max(early) FROM sale GROUP BY 1"));

        tables.query(
                "INSERT INTO %s.sale (id, land, early, late, version, source_offset) VALUES (1, 'de', 1, 2, 1, 0)");
        tables.query(
                "INSERT INTO %s.sale (id, land, early, late, version, source_offset) VALUES (2, 'de', 2, 2, 1, 0)");
        tables.query("DELETE FROM %s.sale WHERE id = 1");

        assertThat(rows("counts")).containsExactly("(de,2)");
        assertThat(rows("most")).containsExactly("(de,2)");
        assertThat(rows("latest")).containsExactly("(2,2)");
    }

    @Test
    void tellsARowOfNullsFromNull() {
        make(kept("pairs", "SELECT pair, max(n) AS n FROM sale GROUP BY 1")
                + kept("above", "SELECT n, pair, count(*) FROM pairs GROUP BY 1, 2"));
        sale(1, 1, "de", 1);
        sale(2, 1, "de", 2);

        tables.query("UPDATE %s.sale SET pair = ROW(NULL, NULL) WHERE id = 1");
        tables.query("UPDATE %s.sale SET n = 3 WHERE id = 1");

        assertThat(rows("pairs")).containsExactlyInAnyOrder("(\"(,)\",3)", "(,2)");
        assertThat(rows("above")).containsExactly("(2,,1)", "(3,\"(,)\",1)");

        tables.query("UPDATE %s.sale SET pair = NULL WHERE id = 1");

        assertThat(rows("pairs")).containsExactly("(,3)");
        assertThat(rows("above")).containsExactly("(3,,1)");
    }

    @Test
    void showsWhatFollowsFromAKeyAsItIsWritten() {
        make(kept("buyers", "SELECT b.*, count(*) AS sales FROM buyer b JOIN sale s USING (buyer) GROUP BY b.buyer")
                + kept(
                        "amounts",
                        "SELECT amount, amount > 1 AS large, max(n) FROM sale GROUP BY 1 HAVING amount IN (1, 2)")
                + kept("kept", "SELECT country, avg(amount) AS mean FROM sale AS kept GROUP BY 1"));
        tables.query("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1.0, 1, 0)");
        sale(1, 1, "de", 1);
        sale(2, 1, "de", 1);

        tables.query("UPDATE %s.buyer SET score = 1.00");
        tables.query("UPDATE %s.sale SET amount = id");

        assertThat(tables.query("SELECT city || score || ' ' || sales FROM %s.buyers"))
                .extracting(row -> row.getString(0))
                .containsExactly("Ulm1.00 2");
        assertThat(rows("amounts")).containsExactly("(1,f,1)", "(2,t,1)");
        assertThat(rows("kept")).containsExactly("(de,1.5000000000000000)");
    }
}
