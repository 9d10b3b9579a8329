package io.streamviews.projection.generation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.PartitionOwner;
import io.streamviews.projection.Suspensions;
import io.streamviews.projection.TopicRecord;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A derived view that fails on a row: it stands still, and all else goes on. */
class SuspendedViewTest {

    /** One counts, the other ones divide: by hand, and as their SELECT says. */
    private static final String FILE =
            """
            CREATE TABLE item (id bigint PRIMARY KEY, price integer NOT NULL CHECK (price < 1000), pieces integer NOT NULL);
            CALL source('item', topic => 'items');

            CREATE VIEW items_definition AS SELECT count(*) AS n FROM item;
            CREATE TABLE items AS TABLE items_definition;
            CREATE FUNCTION items_apply() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN
                PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
                UPDATE items SET n = n + (SELECT count(*) FROM item_added) - (SELECT count(*) FROM item_removed);
                RETURN NULL;
            END $$;
            CALL derive('items', 'item');
            CREATE PROCEDURE items_fill() BEGIN ATOMIC
                DELETE FROM items;
                INSERT INTO items SELECT * FROM items_definition;
            END;

            CREATE VIEW "Each one_definition" AS SELECT id, price / pieces AS each FROM item;
            CREATE TABLE "Each one" AS TABLE "Each one_definition";
            CREATE FUNCTION "Each one_apply"() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN
                PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
                DELETE FROM "Each one" WHERE id IN (SELECT id FROM item_removed);
                INSERT INTO "Each one" SELECT id, price / pieces FROM item_added;
                RETURN NULL;
            END $$;
            CALL derive('Each one', 'item');
            CREATE PROCEDURE "Each one_fill"() BEGIN ATOMIC
                DELETE FROM "Each one";
                INSERT INTO "Each one" SELECT * FROM "Each one_definition";
            END;

            CREATE VIEW ratio AS SELECT price, sum(price / pieces) AS each FROM item GROUP BY price;
            CALL keep('ratio');

            CREATE TABLE maker (id bigint PRIMARY KEY, name text);
            CALL source('maker', topic => 'makers', columns => '{"id": "key"}');
            CREATE VIEW made AS SELECT m.name, count(*) AS n FROM item i JOIN maker m ON m.id = i.id GROUP BY m.name;
            CALL keep('made');

            CREATE VIEW prices AS SELECT each, count(*) AS prices FROM ratio GROUP BY each;
            CALL keep('prices');
            CREATE VIEW priced AS SELECT prices, count(*) AS n FROM prices GROUP BY prices;
            CALL keep('priced');
            """;

    private static final String BOTH = "Each one: division by zero, ratio: division by zero";
    private static final String BEHIND_RATIO = ": ratio is suspended, and this view is derived from it";
    private static final String ALL = BOTH + ", prices" + BEHIND_RATIO + ", priced" + BEHIND_RATIO;

    private final String schema =
            "views_test_suspended_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private ViewTables tables;
    private List<BaseView> views;
    private PartitionOwner owner;
    private Suspensions suspensions;
    private long offset;

    @BeforeEach
    void make() {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        tables = new ViewTables(
                servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), schema);
        views = TestGenerations.make(tables.pool, schema, FILE);
        ViewTransactions transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));
        owner = new PartitionOwner(transactions, schema, views, "items");
        suspensions = new Suspensions(transactions, schema);
    }

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA %s CASCADE");
        tables.close();
    }

    @Test
    void baseViewAndOtherDerivedViewsGoOn() {
        write(item(1, 10, 2), item(2, 10, 0), item(3, 10, 5));
        write(item(4, 10, 1));

        assertThat(tables.count("SELECT count(*) FROM %s.item")).isEqualTo(4);
        assertThat(tables.count("SELECT n FROM %s.items")).isEqualTo(4);
        assertThat(tables.count("SELECT count(*) FROM %s.\"Each one\"")).isZero();
        assertThat(tables.count("SELECT count(*) FROM %s.dead_letter")).isZero();
        assertThat(suspended()).isEqualTo(ALL);
    }

    @Test
    void whatTheTableItselfRefusesIsADeadLetterBesides() {
        write(item(1, 10, 2), item(2, 1_000, 5), item(3, 10, 0));

        assertThat(tables.count("SELECT n FROM %s.items")).isEqualTo(2);
        assertThat(tables.value("SELECT string_agg(\"offset\"::text, ',') FROM %s.dead_letter"))
                .isEqualTo("2");
        assertThat(suspended()).isEqualTo(ALL);
    }

    @Test
    void itFollowsAgainWhenItCanBeFilled() {
        write(item(1, 10, 2), item(2, 10, 0));
        assertThatThrownBy(() -> resume("Each one")).hasMessageContaining("division by zero");
        assertThat(suspended()).isEqualTo(ALL);
        write(item(2, 10, 1));

        assertThat(resume("Each one")).isTrue();
        assertThat(resume("ratio")).isTrue();
        write(item(3, 9, 3));

        assertThat(suspended()).isNull();
        assertThat(tables.value("SELECT string_agg(each::text, ',' ORDER BY id) FROM %s.\"Each one\""))
                .isEqualTo("5,10,3");
        assertThat(tables.derivedViewErrors()).isZero();
        assertThat(resume("Each one")).isFalse();
        assertThat(resume("nothing")).isNull();
    }

    @Test
    void whatIsDerivedFromItStandsStillWithIt() {
        write(item(1, 10, 2), item(2, 10, 0));
        assertThatThrownBy(() -> resume("priced")).hasMessageContaining("priced is derived from ratio");
        write(item(2, 7, 1));
        assertThat(tables.count("SELECT count(*) FROM %s.priced")).isZero();

        tables.query("UPDATE %s.derived_view SET is_dependent = false, error = 'its own' WHERE name = 'priced'");
        assertThat(resume("ratio")).isTrue();

        assertThat(suspended()).isEqualTo("Each one: division by zero, priced: its own");
        assertThat(tables.count("SELECT count(*) FROM %s.prices")).isEqualTo(2);
        assertThat(resume("priced")).isTrue();
        assertThat(resume("Each one")).isTrue();
        write(item(3, 7, 7));
        assertThat(tables.value("SELECT string_agg(prices || 'x' || n, ',' ORDER BY n) FROM %s.priced"))
                .isEqualTo("1x2");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void whereTheEngineOfAFormerReleaseDoesNotKnowWhatIsDerivedFromItItStandsStillAlone() {
        tables.query("DROP FUNCTION %s.suspend");

        write(item(1, 10, 2), item(2, 10, 0));

        assertThat(suspended()).isEqualTo(BOTH);
        assertThat(tables.count("SELECT n FROM %s.items")).isEqualTo(2);
        write(item(2, 10, 1));
        assertThat(resume("Each one")).isTrue();
        assertThat(resume("ratio")).isTrue();
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void aJoinThatIsSuspendedHoldsNobodyUp() {
        tables.query("UPDATE %s.derived_view SET suspended_at = now(), error = 'tried' WHERE name = 'made'");

        tables.query("INSERT INTO %s.item VALUES (1, 10, 2, 1, 1); INSERT INTO %s.maker VALUES (1, 'm', 1, 1)");

        assertThat(tables.count("SELECT count(*) FROM %s.made")).isZero();
        assertThat(resume("made")).isTrue();
        assertThat(tables.count("SELECT n FROM %s.made")).isEqualTo(1);
    }

    @Test
    void truncateFillsNoSuspendedView() {
        write(item(1, 10, 2), item(2, 10, 0));

        tables.query("TRUNCATE %s.item");

        assertThat(tables.count("SELECT n FROM %s.items")).isZero();
        assertThat(suspended()).isEqualTo(ALL);
    }

    @Test
    void whatIsMadeOfAnotherTableOfItStandsStillWithItToo() {
        remake(byHand("kept", "kept_total t", "", "item")
                + "CREATE VIEW kept_total_added AS SELECT * FROM kept_total WHERE false;"
                + "CREATE VIEW kept_total_removed AS SELECT * FROM kept_total WHERE false;"
                + byHand("kept_apart", "kept_apart_total t", "-- As FROM kept_total.", "item")
                + byHand("reading", "kept_total t", "", "item")
                + byHand("joining", "joining_total t", "PERFORM FROM item JOIN kept_total t ON t.n > 0;", "item")
                + byHand("following", "following_total t", "", "kept_total")
                + byHand("farther", "reading t", "", "item"));

        tables.query("SELECT %s.suspend('kept', 'tried')");

        String behind = ": kept is suspended, and this view is derived from it";
        assertThat(suspended())
                .isEqualTo("kept: tried, reading" + behind + ", joining" + behind + ", following" + behind + ", farther"
                        + behind);
        tables.query("INSERT INTO %s.item VALUES (1, 10, 2, 1, 1)");
        assertThat(resume("kept")).isTrue();
        assertThat(suspended()).isNull();
        tables.query("INSERT INTO %s.item VALUES (2, 10, 2, 1, 1)");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void thoseThatAreDerivedFromEachOtherFollowAgainTogether() {
        remake(byHand("one", "one_total t", "PERFORM FROM two_total;", "item")
                + byHand("two", "two_total t", "PERFORM FROM one_total;", "item"));
        tables.query("SELECT %s.suspend('one', 'tried')");
        assertThat(suspended()).isEqualTo("one: tried, two: one is suspended, and this view is derived from it");

        tables.query("INSERT INTO %s.item VALUES (1, 10, 2, 1, 1)");
        assertThat(resume("one")).isTrue();
        assertThat(suspended()).isNull();
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void whatTheExampleKeepsOfAuthorsStandsStillWithTheirActivity() {
        tables.query("DROP SCHEMA %s CASCADE");
        ApplicationViews.make(tables.pool, schema);

        assertThat(tables.query("SELECT %s.suspend('user_activity', 'tried')"))
                .extracting(row -> row.getString(0))
                .containsExactlyInAnyOrder("user_activity", "department_performance", "user_activity_idle");
    }

    private void remake(String views) {
        tables.query("DROP SCHEMA %s CASCADE");
        TestGenerations.make(tables.pool, schema, FILE.substring(0, FILE.indexOf("CREATE VIEW")) + views);
    }

    /** A view that counts items, in a table of its own. What else it is made of, the other arguments say. */
    private static String byHand(String name, String shows, String does, String follows) {
        return """
               CREATE VIEW NAME_definition AS SELECT count(*) AS n FROM item;
               CREATE TABLE NAME_total AS TABLE NAME_definition;
               CREATE VIEW NAME AS SELECT t.n FROM SHOWS;
               CREATE FUNCTION NAME_apply() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
               BEGIN
                   PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
                   UPDATE NAME_total SET n = (SELECT count(*) FROM item);
                   DOES
                   RETURN NULL;
               END $$;
               CALL derive('NAME', 'FOLLOWS');
               CREATE PROCEDURE NAME_fill() BEGIN ATOMIC
                   DELETE FROM NAME_total;
                   INSERT INTO NAME_total SELECT * FROM NAME_definition;
               END;
               """
                .replace("NAME", name)
                .replace("SHOWS", shows)
                .replace("DOES", does)
                .replace("FOLLOWS", follows);
    }

    private Boolean resume(String view) {
        return suspensions.resume(view).await().indefinitely();
    }

    private Object suspended() {
        return tables.value(
                "SELECT string_agg(name || ': ' || error, ', ' ORDER BY ordinal) FROM %s.derived_view WHERE suspended_at IS NOT NULL");
    }

    private void write(TopicRecord... records) {
        owner.write(records);
    }

    private TopicRecord item(long id, int price, int pieces) {
        offset++;
        String value = "{\"id\":%d,\"price\":%d,\"pieces\":%d}".formatted(id, price, pieces);
        return new TopicRecord("items", 0, offset, offset, new Message(null, value.getBytes(UTF_8), 0));
    }
}
