package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.projection.generation.ApplicationGeneration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every derived view is what its definition says, whatever happens to the base views. */
class DerivedViewTest {

    private static final int TRANSACTIONS = 500;

    private ApplicationGeneration generation;

    @BeforeEach
    void create() {
        generation = new ApplicationGeneration();
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void afterEveryTransactionOfARandomMixEachViewEqualsItsRecomputation(long seed) {
        RandomChanges changes = new RandomChanges(seed);
        for (int i = 0; i < TRANSACTIONS; i++) {
            String transaction = changes.transaction();

            generation.query(transaction);

            assertThat(generation.derivedViewErrors())
                    .as("rows that differ after transaction %d: %s", i, transaction)
                    .isZero();
        }
        assertThat(generation.value("SELECT coalesce(sum(authors), 0)::bigint FROM %s.user_activity_share"))
                .isEqualTo(generation.value("SELECT count(DISTINCT author_id) FROM %s.post_view"));
    }

    @Test
    void fillingAViewAnewLeavesItAsItIs() {
        RandomChanges changes = new RandomChanges(5);
        for (int i = 0; i < 100; i++) {
            generation.query(changes.transaction());
            generation
                    .query("SELECT name FROM %s.derived_view ORDER BY ordinal")
                    .forEach(view -> generation.query("CALL %s." + view.getString(0) + "_fill()"));

            assertThat(generation.derivedViewErrors()).isZero();
        }
    }

    @Test
    void oneOfAnotherOneIsRightWhateverItsNameAlsoAfterTruncation() {
        DerivedFromDerived.in(generation);
        RandomChanges changes = new RandomChanges(6);
        for (int i = 0; i < 50; i++) {
            generation.query(changes.transaction());
            assertThat(generation.derivedViewErrors()).isZero();
        }
        assertThat(generation.value("SELECT count(*) FROM %s.big_departments")).isNotEqualTo(0L);

        generation.query("TRUNCATE %s.user_view");

        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void aDifferenceIsFound() {
        generation.query("INSERT INTO %s.department_stats_kept VALUES (0, 'a', 1, 1, 0)");

        assertThat(generation.derivedViewErrors()).isEqualTo(2);
    }
}
