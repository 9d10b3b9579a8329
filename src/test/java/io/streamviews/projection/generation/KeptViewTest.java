package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.ViewTables;
import io.vertx.mutiny.sqlclient.Row;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What CALL keep('…') makes of a view, and of what happens to it. */
class KeptViewTest {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final String TABLES =
            """
            CREATE TABLE sale (id bigint PRIMARY KEY, buyer bigint NOT NULL, country text, amount numeric(10, 2), n integer);
            CALL source('sale', 'sales', record_key => '/buyer');
            CREATE TABLE buyer (buyer bigint PRIMARY KEY, city text);
            CALL source('buyer', 'buyers', '{"buyer": "key"}');
            """;
    private static final String REVENUE =
            """
            CREATE VIEW revenue AS
            SELECT country, count(*) AS sales, sum(amount) AS amount, avg(n) AS n FROM sale GROUP BY country;
            CALL keep('revenue');
            """;
    private static final String LARGEST =
            "CREATE VIEW largest AS SELECT country, max(amount) AS amount FROM sale GROUP BY country; CALL keep('largest');";
    private static final String SALE = "INSERT INTO %%s.sale VALUES (%d, %d, %s, %s, %s, 1, 0)";

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final String schema = "views_kept_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
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

    private void sale(int id, int buyer, String country, String amount, String n) {
        tables.query(SALE.formatted(id, buyer, country, amount, n));
    }

    private KeptViewSession session(int partition) {
        return new KeptViewSession(tables.pool, schema, partition);
    }

    private List<String> rows(String view) {
        return tables.query("SELECT v::text FROM %s." + view + " v ORDER BY 1").stream()
                .map(row -> row.getString(0))
                .toList();
    }

    @Test
    void hasSumsOfGroupsAsPostgresqlHasThem() {
        make(REVENUE);

        sale(1, 1, "'de'", "10.50", "1");
        sale(2, 2, "'de'", "NULL", "2");
        sale(3, 3, "NULL", "NULL", "NULL");
        sale(4, 4, "'fr'", "-1", "NULL");
        sale(5, 4, "'fr'", "1", "NULL");
        tables.query("UPDATE %s.sale SET amount = 0.25 WHERE id = 2");

        assertThat(rows("revenue")).containsExactly("(,1,,)", "(de,2,10.75,1.5000000000000000)", "(fr,2,0.00,)");
        assertThat(tables.derivedViewErrors()).isZero();

        tables.query("DELETE FROM %s.sale WHERE country = 'de' OR id = 5");

        assertThat(rows("revenue")).containsExactly("(,1,,)", "(fr,1,-1.00,)");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void hasAveragesWithTheirDigitsWithoutReadingWhatTheyAreOf() {
        make(
                "CREATE VIEW means AS SELECT country, avg(amount / n) AS mean FROM sale GROUP BY country; CALL keep('means');");
        sale(1, 1, "'de'", "1", "1000000");
        sale(2, 1, "'de'", "20000000", "3");
        sale(3, 1, "'de'", "20000000", "7");
        sale(4, 1, "'fr'", "1", "3");

        assertThat(rows("means")).isEqualTo(rows("means_definition"));

        tables.query("DELETE FROM %s.sale WHERE id = 1");

        assertThat(rows("means")).isEqualTo(rows("means_definition"));
        assertThat(tables.query("EXPLAIN TABLE %s.means"))
                .noneMatch(row -> row.getString(0).contains(" on sale"));
    }

    @Test
    void isOneRowWithoutGroupBy() {
        make(
                "CREATE VIEW total AS SELECT 'all' AS what, count(*) AS sales, sum(n) AS n FROM sale; CALL keep('total');");

        assertThat(rows("total")).containsExactly("(all,0,)");

        sale(1, 1, "'de'", "1", "7");

        assertThat(rows("total")).containsExactly("(all,1,7)");
    }

    @Test
    void isWorkedOutAnewWhereNothingCanBeSubtracted() {
        make(LARGEST);

        sale(1, 1, "'de'", "1", "7");
        sale(2, 1, "'de'", "3", "7");
        tables.query("DELETE FROM %s.sale WHERE id = 2");

        assertThat(rows("largest")).containsExactly("(de,1.00)");

        tables.query("TRUNCATE %s.sale");

        assertThat(rows("largest")).isEmpty();
    }

    @Test
    void isADerivedViewLikeAnyOther() {
        make(REVENUE + LARGEST);

        assertThat(tables.query("SELECT name FROM %s.derived_view ORDER BY ordinal"))
                .extracting(row -> row.getString(0))
                .containsExactly("revenue", "largest");
        assertThat(tables.pool
                        .withConnection(connection -> SourceCatalogue.together(tables.pool, schema))
                        .await()
                        .indefinitely())
                .containsOnly(Set.of("sale"));

        sale(1, 1, "'de'", "1", "7");
        tables.query("UPDATE %s.revenue_kept SET \"state 1\" = 5");

        assertThat(new DerivedComparison(new ViewSchema(schema, tables.pool, "test"), 2)
                        .wrongViews()
                        .await()
                        .indefinitely())
                .containsExactly("revenue");

        tables.query("CALL %s.revenue_fill()");

        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void mayBeAMaterializedViewWithCommentsAndRightsAndSayWhenItChanged() {
        make(
                "ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT SELECT ON TABLES TO pg_signal_backend;"
                        + """
                CREATE MATERIALIZED VIEW per_country AS SELECT country, count(*) AS sales FROM sale GROUP BY 1;
                COMMENT ON MATERIALIZED VIEW per_country IS 'Sales of countries';
                COMMENT ON COLUMN per_country.sales IS 'How many';
                GRANT SELECT ON per_country TO pg_monitor WITH GRANT OPTION;
                GRANT SELECT (sales) ON per_country TO PUBLIC;
                REVOKE SELECT ON per_country FROM pg_signal_backend;
                CALL keep('per_country', changed_at => 'last_updated');
                """);
        sale(1, 1, "'de'", "1", "7");

        assertThat(tables.query("SELECT country, sales FROM %s.per_country WHERE last_updated <= now()"))
                .hasSize(1);
        assertThat(tables.derivedViewErrors()).isZero();
        assertThat(
                        tables.query(
                                "SELECT obj_description('%s.per_country'::regclass), col_description('%s.per_country'::regclass, 2)"))
                .extracting(Row::deepToString)
                .containsExactly("[Sales of countries,How many]");
        assertThat(
                        tables.query(
                                """
                        SELECT has_table_privilege('pg_monitor', r, 'SELECT WITH GRANT OPTION'),
                               has_table_privilege('pg_signal_backend', r, 'SELECT'),
                               has_column_privilege('pg_signal_backend', r, 'sales', 'SELECT')
                        FROM (SELECT '%s.per_country'::regclass::oid AS r) AS v"""))
                .extracting(Row::deepToString)
                .containsExactly("[true,false,true]");
    }

    @Test
    void mayHaveAnyNameAndBeBuiltOn() {
        String longest = "n".repeat(63);
        make(
                """
                CREATE TABLE "Big %%s ""T\""" ("Key" bigint PRIMARY KEY, "%1$s" text, "a ""b"" %%s" integer);
                CALL source('Big %%s "T"', 'big', '{"Key": "key"}');
                CREATE VIEW "The ""View"" %%d" AS SELECT "%1$s" AS "G %%s", sum("a ""b"" %%s") AS ", FROM " FROM "Big %%s ""T\""" GROUP BY 1;
                CALL keep('The "View" %%d');
                CREATE VIEW top AS SELECT ", FROM " > 1 AS large, count(*), max("G %%s") AS g FROM "The ""View"" %%d" GROUP BY 1;
                CALL keep('top');
                """
                        .formatted(longest));

        tables.pool
                .query("INSERT INTO " + schema
                        + ".\"Big %s \"\"T\"\"\" VALUES (1, 'x', 1, 1, 0), (2, 'x', 1, 1, 0), (3, 'y', 1, 1, 0)")
                .executeAndAwait();

        assertThat(rows("top")).containsExactly("(f,1,y)", "(t,1,x)");
        assertThat(new DerivedComparison(new ViewSchema(schema, tables.pool, "test"), 2)
                        .wrongViews()
                        .await()
                        .indefinitely())
                .isEmpty();
    }

    @Test
    void tasksDoNotWaitForEachOthersSums() {
        make(REVENUE);
        try (KeptViewSession one = session(0);
                KeptViewSession other = session(1)) {
            one.run("BEGIN; " + SALE.formatted(1, 1, "'de'", "1", "1"));
            other.run("BEGIN; " + SALE.formatted(2, 2, "'de'", "2", "2"));
            other.run("COMMIT");
            one.run("COMMIT");
        }

        assertThat(rows("revenue")).containsExactly("(de,2,3.00,1.5000000000000000)");
    }

    @Test
    void tasksTakeTurnsWhereTheyShareAGroupThatIsWorkedOutAnew() {
        make(LARGEST);
        try (KeptViewSession one = session(0);
                KeptViewSession other = session(1)) {
            one.run("BEGIN; " + SALE.formatted(1, 1, "'de'", "1", "1"));

            assertThatThrownBy(() -> other.run(SALE.formatted(2, 2, "'de'", "2", "2")))
                    .hasMessageContaining("lock timeout");

            one.run("COMMIT");
            other.run(SALE.formatted(2, 2, "'de'", "2", "2"));
        }

        assertThat(rows("largest")).containsExactly("(de,2.00)");
    }

    @Test
    void tasksDoNotWaitForEachOtherWhereWhatIsJoinedIsInOnePartition() {
        make(
                """
                CREATE VIEW cities AS SELECT city, count(*) FROM sale s JOIN buyer b ON b.buyer = s.buyer GROUP BY 1;
                CALL keep('cities');
                CREATE VIEW buyers AS SELECT s.buyer, max(n) FROM sale s JOIN buyer b USING (buyer) GROUP BY 1;
                CALL keep('buyers');
                """);
        tables.query("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 0)");
        try (KeptViewSession one = session(0);
                KeptViewSession other = session(1);
                KeptViewSession person = session(-1)) {
            one.run("BEGIN; " + SALE.formatted(1, 1, "'de'", "1", "1"));
            other.run("BEGIN; " + SALE.formatted(2, 2, "'de'", "2", "2"));

            assertThatThrownBy(() -> person.run("INSERT INTO %s.buyer VALUES (2, 'Ulm', 1, 0)"))
                    .hasMessageContaining("lock timeout");

            other.run("COMMIT");
            one.run("COMMIT");
            person.run("INSERT INTO %s.buyer VALUES (2, 'Ulm', 1, 0)");
        }

        assertThat(rows("cities")).containsExactly("(Ulm,2)");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void whatCannotBeSeenRightIsRefused() {
        make(
                "CREATE VIEW cities AS SELECT city, count(*) FROM sale JOIN buyer USING (buyer) GROUP BY 1; CALL keep('cities');");

        assertThatThrownBy(
                        () -> tables.query(
                                "WITH b AS (INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 0)) INSERT INTO %s.sale VALUES (1, 1, 'de', 1, 1, 1, 0)"))
                .hasMessageContaining("one statement changes");
        try (KeptViewSession person = session(-1)) {
            person.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
            assertThatThrownBy(() -> person.run("INSERT INTO %s.buyer VALUES (1, 'Ulm', 1, 0)"))
                    .hasMessageContaining("READ COMMITTED transactions only");
        }
    }
}
