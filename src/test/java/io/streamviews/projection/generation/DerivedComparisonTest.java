package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.projection.ViewSchema;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which derived views are told to differ from their definitions. */
class DerivedComparisonTest {

    private final Generation generation = new Generation();

    @BeforeEach
    void forgetOthers() {
        run("DELETE FROM %s.derived_view");
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    @Test
    void thoseWithOtherRowsAreNamed() {
        view("more", "SELECT 1 AS id UNION ALL SELECT 2", "SELECT 1 AS id");
        view("less", "SELECT 1 AS id WHERE false", "SELECT 1 AS id");
        view("other", "SELECT 1 AS id, 'b' AS text", "SELECT 1 AS id, 'a' AS text");
        view("twice", "SELECT 1 AS id UNION ALL SELECT 1", "SELECT 1 AS id UNION ALL SELECT 2");
        view("same", "SELECT 2 AS id UNION ALL SELECT 1", "SELECT 1 AS id UNION ALL SELECT 2");

        assertThat(wrong()).containsExactly("less", "more", "other", "twice");
    }

    @Test
    void rowsOfATypeWithoutAHashAreComparedOneByOne() {
        view("same", "SELECT 'a b'::tsvector AS words", "SELECT 'b a'::tsvector AS words");
        view("other", "SELECT 'a b'::tsvector AS words", "SELECT 'a'::tsvector AS words");

        assertThat(wrong()).containsExactly("other");
    }

    @Test
    void thatBothSidesWereSeenAtDifferentMomentsIsNoDifference() {
        view("moment", "SELECT txid_current() AS id", "SELECT txid_current() AS id");

        assertThat(wrong()).isEmpty();
    }

    @Test
    void allAreComparedInOneStatementIfSomebodyWasErasedMeanwhile() {
        run("CREATE SEQUENCE %s.looks");
        run("CREATE FUNCTION %s.look() RETURNS bigint LANGUAGE sql BEGIN ATOMIC "
                + "INSERT INTO %s.tombstone (base_view, key, erased_before, version, source_offset) "
                + "VALUES ('order_view', nextval('%s.looks')::text, 0, 1, 1) RETURNING key::bigint; END");
        view("equal_at_first", "SELECT 1::bigint AS id", "SELECT %s.look() AS id");

        assertThat(wrong()).containsExactly("equal_at_first");
    }

    @Test
    void whereThereAreNoneThereIsNoDifference() {
        assertThat(wrong()).isEmpty();
    }

    private void view(String name, String kept, String definition) {
        run("CREATE VIEW %s." + name + " AS " + kept);
        run("CREATE VIEW %s." + name + "_definition AS " + definition);
        run("INSERT INTO %s.derived_view (name) VALUES ('" + name + "')");
    }

    private void run(String sql) {
        generation.tables.query(sql);
    }

    private List<String> wrong() {
        return new DerivedComparison(new ViewSchema(generation.schema, generation.pool, "test"), 2)
                .wrongViews()
                .await()
                .indefinitely();
    }
}
