package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewTables;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which derived views are filled at once, and which after which. */
class DerivedFillsTest {

    private static final String ITEM =
            """
            CREATE TABLE item (id bigint PRIMARY KEY, price integer NOT NULL);
            CALL source('item', topic => 'items');
            """;

    private final String schema = "views_test_fills_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private ViewTables tables;

    @BeforeEach
    void connect() {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        tables = new ViewTables(
                servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), schema);
    }

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA IF EXISTS %s CASCADE");
        tables.close();
    }

    @Test
    void theExampleTakesTwoStages() {
        ApplicationViews.make(tables.pool, schema);

        assertThat(stages())
                .containsExactly(
                        List.of("department_stats", "post_stats", "user_activity", "email_domains"),
                        List.of("department_performance", "user_activity_idle"));
    }

    @Test
    void aViewIsFilledAfterThoseThatItIsMadeOf() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + """
                        CREATE VIEW prices AS SELECT price, count(*) AS n FROM item GROUP BY price;
                        CALL keep('prices');
                        CREATE VIEW counts AS SELECT n, count(*) AS prices FROM prices GROUP BY n;
                        CALL keep('counts');
                        CREATE VIEW total AS SELECT count(*) AS n FROM item;
                        CALL keep('total');
                        """
                        + byHand("price", "price integer PRIMARY KEY", "SELECT DISTINCT price FROM item")
                        + byHand(
                                "referring",
                                "id bigint, price integer REFERENCES price_total",
                                "SELECT id, price FROM item"));

        assertThat(stages()).containsExactly(List.of("prices", "total", "price"), List.of("counts", "referring"));
    }

    @Test
    void whatPostgresqlDoesNotKnowIsFilledAlone() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + byHand("one", "n bigint", "SELECT count(*) FROM item")
                        + byHand("two", "n bigint", "SELECT count(*) FROM item")
                                .replaceFirst("BEGIN ATOMIC(?s)(.*)END;", "LANGUAGE sql AS \\$\\$$1\\$\\$;")
                        + byHand("three", "n bigint", "SELECT count(*) FROM item")
                        + byHand("four", "n bigint", "SELECT count(*) FROM item"));

        assertThat(stages()).containsExactly(List.of("one"), List.of("two"), List.of("three", "four"));
    }

    @Test
    void aViewIsFilledAfterOneThatItFollowsWhateverTheFilesOrder() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + byHand("later", "n bigint", "SELECT count(*) FROM item")
                        + byHand("first", "n bigint", "SELECT count(*) FROM item")
                        + byHand("own", "n bigint", "SELECT count(*) FROM item")
                        + """
                        CALL derive('later', 'first_total');
                        CREATE FUNCTION own_follow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                        CREATE TRIGGER follow AFTER INSERT ON later_total EXECUTE FUNCTION own_follow();
                        """);

        assertThat(stages()).containsExactly(List.of("first"), List.of("later"), List.of("own"));
    }

    @Test
    void thoseThatWaitForEachOtherAreFilledInTheFilesOrder() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + byHand("one", "n bigint", "SELECT count(*) FROM item")
                        + byHand("two", "n bigint", "SELECT count(*) FROM item")
                        + "CALL derive('one', 'two_total'); CALL derive('two', 'one_total');");

        assertThat(stages()).containsExactly(List.of("one"), List.of("two"));
    }

    @Test
    void whatAFunctionOfPlpgsqlDoesIsNotKnown() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + "CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"
                        + byHand("one", "n bigint", "SELECT counted() FROM item")
                        + byHand("two", "n bigint", "SELECT count(*) FROM item")
                        + "CREATE FUNCTION noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                        + "CREATE TRIGGER notice AFTER INSERT ON two_total EXECUTE FUNCTION noticed();"
                        + byHand("three", "n bigint", "SELECT count(*) FROM item"));

        assertThat(stages()).containsExactly(List.of("one"), List.of("two"), List.of("three"));
    }

    @Test
    void onlyTheFillWithoutArgumentsCounts() {
        TestGenerations.make(
                tables.pool,
                schema,
                ITEM
                        + byHand("one", "n bigint", "SELECT count(*) FROM item")
                        + "CREATE PROCEDURE one_fill(since date) BEGIN ATOMIC DELETE FROM one_total; END;");

        assertThat(stages()).containsExactly(List.of("one"));
    }

    private List<List<String>> stages() {
        return DerivedFills.inStages(tables.pool, schema).await().indefinitely().stream()
                .map(stage -> stage.stream().map(DerivedFills.Fill::view).toList())
                .toList();
    }

    private static String byHand(String name, String columns, String definition) {
        return """
               CREATE VIEW NAME_definition AS DEFINITION;
               CREATE TABLE NAME_total (COLUMNS);
               CREATE VIEW NAME AS SELECT * FROM NAME_total;
               CREATE FUNCTION NAME_apply() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
               CALL derive('NAME', 'item');
               CREATE PROCEDURE NAME_fill() BEGIN ATOMIC
                   DELETE FROM NAME_total;
                   INSERT INTO NAME_total SELECT * FROM NAME_definition;
               END;
               """
                .replace("NAME", name)
                .replace("COLUMNS", columns)
                .replace("DEFINITION", definition);
    }
}
