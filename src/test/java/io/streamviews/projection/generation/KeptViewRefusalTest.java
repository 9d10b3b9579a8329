package io.streamviews.projection.generation;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewTables;
import io.vertx.pgclient.PgException;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What CALL keep('…') refuses, when the file is run, and in what words. */
class KeptViewRefusalTest {

    private static final String TABLES =
            """
            CREATE TABLE sale (id bigint PRIMARY KEY, buyer bigint NOT NULL, country text, n integer);
            CALL source('sale', 'sales', record_key => '/buyer');
            CREATE TABLE buyer (buyer bigint PRIMARY KEY, city text);
            CALL source('buyer', 'buyers', '{"buyer": "key"}');
            CREATE TABLE odd (id bigint PRIMARY KEY, doc json, n integer);
            CALL source('odd', 'odds');
            CREATE TABLE ambiguous ("key 1" bigint PRIMARY KEY, n integer);
            CALL source('ambiguous', 'others');
            CREATE TABLE parent (id bigint PRIMARY KEY);
            CALL source('parent', 'parents');
            CREATE TABLE child (id bigint PRIMARY KEY REFERENCES parent ON DELETE CASCADE, n integer);
            CALL source('child', 'children');
            CREATE TABLE line (sale bigint, n integer, what text, price numeric(10, 2), PRIMARY KEY (sale, n));
            CALL source('line', 'lines');
            """;
    private static final String REVENUE =
            "CREATE VIEW revenue AS SELECT country, count(*) AS sales FROM sale GROUP BY country; CALL keep('revenue');";

    /** A = that a view file finds by its schema. */
    private static final String FOREIGN_EQUALITY =
            """
            CREATE SCHEMA foreign_equality;
            CREATE TYPE foreign_equality.code AS (c text);
            CREATE FUNCTION foreign_equality.same(foreign_equality.code, foreign_equality.code) RETURNS boolean
                LANGUAGE sql IMMUTABLE RETURN lower(($1).c) = lower(($2).c);
            CREATE OPERATOR foreign_equality.= (
                LEFTARG = foreign_equality.code, RIGHTARG = foreign_equality.code, FUNCTION = foreign_equality.same);
            SET LOCAL search_path = %s, foreign_equality;
            CREATE VIEW v AS SELECT count(nullif(ROW(country)::code, ROW('de')::code)) FROM sale;
            """;

    private static final String[][] REFUSALS = {
        {"SELECT count(*) FROM sale UNION ALL SELECT 1", "it has UNION, INTERSECT or EXCEPT (Keep each part"},
        {"WITH s AS (SELECT * FROM sale) SELECT count(*) FROM s", "it has WITH (Write one SELECT"},
        {"SELECT count(*) FROM (SELECT * FROM sale) s", "it has a subquery (Write a join"},
        {"SELECT count(*) FROM sale WHERE buyer IN (SELECT buyer FROM buyer)", "it has a subquery"},
        {
            "SELECT country, rank() OVER (ORDER BY count(*)) FROM sale GROUP BY 1",
            "it has window functions (Put them into a view on top.)"
        },
        {"SELECT DISTINCT count(*) FROM sale GROUP BY country", "it has DISTINCT (Write GROUP BY.)"},
        {"SELECT country, count(*) FROM sale GROUP BY ROLLUP (country)", "it has GROUPING SETS, ROLLUP or CUBE"},
        {"SELECT country, count(*) FROM sale GROUP BY 1 LIMIT 3", "it has LIMIT or OFFSET"},
        {
            "SELECT country, count(*) FROM sale GROUP BY 1 ORDER BY 1",
            "it has ORDER BY (Put it into the query that reads it.)"
        },
        {"SELECT i, count(*) FROM sale, generate_series(1, 2) i GROUP BY 1", "it has rows of something else than tables"
        },
        {"SELECT count(*) FROM sale TABLESAMPLE SYSTEM (10)", "it has rows of something else than tables"},
        {
            "SELECT city, count(*) FROM buyer FULL JOIN sale USING (buyer) GROUP BY 1",
            "it has a RIGHT JOIN or a FULL JOIN"
        },
        {
            "SELECT country, count(*) FROM buyer LEFT JOIN sale USING (buyer) GROUP BY 1",
            "it groups by a column of what it joins by LEFT JOIN"
        },
        {
            "SELECT city, count(*) FROM buyer b LEFT JOIN (sale s CROSS JOIN plain) ON true GROUP BY 1",
            "it has a LEFT JOIN of what is itself joined"
        },
        {"SELECT 1 AS one", "it reads no base view (Make it a plain view"},
        {"SELECT country FROM sale WHERE n > 1", "it has no aggregate and no GROUP BY (Make it a plain view"},
        {"SELECT count(*) FROM tombstone", "it reads tombstone, which is neither a base view nor a kept one"},
        {"SELECT count(*) FROM plain", "it reads plain, which is neither a base view nor a kept one"},
        {"SELECT count(*) FROM sale a JOIN sale b USING (country)", "it reads sale more than once"},
        {
            "SELECT count(*) FROM sale s JOIN revenue r USING (country)",
            "it reads sale more than once, itself or through kept views"
        },
        {"SELECT max(mean) FROM means", "it reads means, whose rows may be written in several ways"},
        {"SELECT count(xmin) FROM sale", "it reads a system column"},
        {"SELECT count(*) FILTER (WHERE now() > '2026-01-01') FROM sale", "it uses now(), whose answer may change"},
        {"SELECT count(*) FROM sale WHERE country = CURRENT_USER", "it uses a value of the session or the clock"},
        {
            "SELECT date_trunc('day', last_processed_at), count(*) FROM sale GROUP BY 1",
            "it uses date_trunc(text,timestamp with time zone)"
        },
        {"SELECT last_processed_at::date, count(*) FROM sale GROUP BY 1", "it uses date(timestamp with time zone)"},
        {
            "SELECT last_processed_at::text, count(*) FROM sale GROUP BY 1",
            "it uses timestamptz_out(timestamp with time zone)"
        },
        {
            "SELECT country || last_processed_at, count(*) FROM sale GROUP BY 1",
            "it uses timestamptz_out(timestamp with time zone)"
        },
        {
            "SELECT max(last_processed_at AT TIME ZONE 'IST') FROM sale",
            "what the abbreviation IST means, the time zone of the session says (Name the zone in full"
        },
        {
            "SELECT sum(n::double precision) FROM sale",
            "sum of real or double precision depends on the order of the rows (Give it exact numbers: sum(x::numeric).)"
        },
        {"SELECT array_agg(n) FROM sale", "what array_agg says depends on the order of the rows (Say the order"},
        {"SELECT mode() WITHIN GROUP (ORDER BY n) FROM sale", "what mode says depends on the order of the rows"},
        {
            "SELECT (n::numeric / 3)::text, count(*) FROM sale GROUP BY n::numeric / 3, n::numeric",
            "it shows what follows from a group whose members may be written"
        },
        {
            "SELECT scale(n::numeric / 3), max(n) FROM sale GROUP BY n::numeric / 3",
            "it shows what follows from a group whose members may be written"
        },
        {
            "SELECT array_agg(country ORDER BY n) FROM sale",
            "what array_agg says depends on the order of rows that its ORDER BY takes for equal (Order by what it is of"
        },
        {
            "SELECT s.id, string_agg(what, ',' ORDER BY l.n) FROM sale s JOIN line l ON l.sale > s.id GROUP BY s.id",
            "what string_agg says depends on the order of rows that its ORDER BY takes for equal"
        },
        {
            "SELECT n + 1, string_agg(what, ',' ORDER BY sale) FROM line GROUP BY 1",
            "what string_agg says depends on the order of rows that its ORDER BY takes for equal"
        },
        {
            "SELECT string_agg(city, ',' ORDER BY s.id) FROM sale s JOIN buyer USING (buyer)",
            "what string_agg says depends on the order of rows that its ORDER BY takes for equal"
        },
        {
            "SELECT (n::double precision)::text, count(*) FROM sale GROUP BY 1",
            "it uses float8out(double precision), whose answer may change"
        },
        {"SELECT max(country || n::real) FROM sale", "it uses float4out(real)"},
        {"SELECT max(decode(country, 'hex')::text) FROM sale", "it uses byteaout(bytea)"},
        {
            "SELECT count(*) FILTER (WHERE (last_processed_at, n) > (timestamp '2026-01-01', 1)) FROM sale",
            "it uses timestamptz_gt_timestamp(timestamp with time zone,timestamp without time zone)"
        },
        {
            "SELECT jsonb_object_agg(id, last_processed_at ORDER BY id) FROM sale",
            "it uses jsonb_object_agg_transfn(internal,\"any\",\"any\")"
        },
        {
            "SELECT s.buyer, count(*) FROM sale s LEFT JOIN buyer b USING (buyer) JOIN revenue r ON b.city IS NULL GROUP BY 1",
            "it has a JOIN by a column of what it joins by LEFT JOIN (Write JOIN instead"
        },
        {"SELECT country, GROUPING(country) FROM sale GROUP BY 1", "it has GROUPING (Leave it out"},
        {"SELECT s, count(*) FROM sale s GROUP BY s", "it groups by a whole row (Name the columns"},
        {
            "SELECT count(*) FROM sale GROUP BY n"
                    + IntStream.range(0, 31).mapToObj(i -> ", n + " + i).collect(joining()),
            "it groups by more than 31 columns"
        },
        {
            "SELECT id, doc, max(n) FROM odd GROUP BY 1",
            "its rows cannot be compared: could not identify an equality operator for type json (Show jsonb or a text"
        },
        {"SELECT max(n) FROM ambiguous", "it reads a table with a column \"key 1\", a name that keep needs"},
        {"SELECT max(at) FROM changing", "it reads at, which says when a kept row has changed"},
        {"SELECT max(split_part(country, '\u0001', 1)) FROM sale", "it has a character from U+0001 to U+0003"},
        {
            "SELECT p.id, max(c.n) FROM parent p JOIN child c ON c.id = p.id GROUP BY 1",
            "a foreign key has child change with parent, in one statement (Leave ON DELETE and ON UPDATE out"
        }
    };

    /** What looks like something that is refused, and can be kept. */
    private static final String[] KEPT = {
        "SELECT count(*) FROM line WHERE price = ANY (ARRAY[1, 20])",
        "SELECT width_bucket(price, ARRAY[0, 10, 100]), count(*) FROM line GROUP BY 1",
        "SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY price) FROM line",
        "SELECT sale, string_agg(what, ', ' ORDER BY n) FROM line GROUP BY sale",
        "SELECT n + 1, (array_agg(what ORDER BY sale))[1] FROM line GROUP BY n",
        "SELECT s.id, string_agg(what, ', ' ORDER BY l.n) FROM sale s JOIN line l ON l.sale = s.id GROUP BY s.id",
    };

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final String schema = "views_refused_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
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

    @Test
    void everyRefusalSaysWhyAndWhatToDo() {
        make(
                REVENUE
                        + "CREATE VIEW plain AS SELECT * FROM sale;"
                        + "CREATE VIEW changing AS SELECT n, count(*) FROM sale GROUP BY n; CALL keep('changing', 'at');"
                        + "CREATE VIEW means AS SELECT country, avg(n::numeric / 3) AS mean FROM sale GROUP BY 1; CALL keep('means');");

        for (String[] refusal : REFUSALS) {
            assertThat(refused("CREATE VIEW v AS " + refusal[0], "v"))
                    .as(refusal[0])
                    .startsWith("view v cannot be kept: " + refusal[1]);
        }
        String longest = "n".repeat(45);
        assertThat(refused("CREATE VIEW " + longest + " AS SELECT count(*) FROM sale", longest))
                .contains("its name has more than 44 bytes");
        assertThat(refused("SELECT", "sale")).contains("there is no view of this name");
        assertThat(refused("SELECT", "revenue")).contains("it is kept already");
        assertThat(refused("CREATE VIEW on_top AS SELECT * FROM plain", "plain"))
                .contains("another view has been built on it");
        assertThat(refused("CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM sale; CREATE INDEX ON m (n)", "m"))
                .contains("it has indexes");
        assertThat(refused("CREATE VIEW o WITH (security_barrier) AS SELECT count(*) FROM sale", "o"))
                .contains("it has options");
        assertThat(refused("CREATE VIEW c AS SELECT count(*) AS n FROM sale", "c', 'n"))
                .contains("it has a column n");
        assertThat(refused("CREATE VIEW c AS SELECT max(n) FROM sale", "c', 'at"))
                .contains("changed_at is for counts");
        assertThat(refused(FOREIGN_EQUALITY.formatted(schema), "v"))
                .contains(
                        "it compares values of a type of an extension by USING, NATURAL, IS DISTINCT FROM, NULLIF or CASE");
    }

    @Test
    void nothingElseIsRefused() {
        make("");

        for (int i = 0; i < KEPT.length; i++) {
            assertThat(refused("CREATE VIEW v" + i + " AS " + KEPT[i], "v" + i))
                    .as(KEPT[i])
                    .isEqualTo("kept");
        }
    }

    /** What PostgreSQL says to it, and the hint. */
    private String refused(String create, String view) {
        try {
            tables.pool
                    .withTransaction(connection -> connection
                            .query("SET LOCAL search_path = " + schema + "; " + create + "; CALL keep('" + view + "')")
                            .execute())
                    .await()
                    .indefinitely();
            return "kept";
        } catch (PgException refused) {
            return "%s (%s)".formatted(refused.getErrorMessage(), refused.getHint());
        }
    }

    @Test
    void aFileIsRefusedThatKeepsWhatCannotBeKept() {
        assertThatThrownBy(() -> make("CREATE VIEW v AS SELECT count(*) FROM sale WHERE n > random(); CALL keep('v');"))
                .isInstanceOf(WrongViewFilesException.class)
                .hasMessage(
                        "10_test.sql: view v cannot be kept: it uses random(), whose answer may change with the time, the session"
                                + " or chance (Put it into a view on top; a time has its day in (x AT TIME ZONE 'UTC')::date,"
                                + " a number its digits in x::numeric::text.)");
    }
}
