package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.WrongDeclarationException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a generation's schema declares. */
class SourceCatalogueTest {

    private final ApplicationGeneration generation = new ApplicationGeneration();

    @AfterEach
    void drop() {
        generation.close();
    }

    @Test
    void aTableThatIsGoneIsNotLeftOut() {
        generation.query("ALTER TABLE %s.user_view RENAME TO away");

        assertThat(declared().wrong()).containsKey("user_view");
        assertThat(declared().topics()).containsEntry("user_view", generation.topics.userEvents());
        assertThatThrownBy(this::views)
                .isInstanceOf(WrongDeclarationException.class)
                .hasMessageContaining("there is no table user_view");
    }

    @Test
    void theKeyHasItsColumnsInTheirOrderAndWithoutThoseThatAreOnlyIncluded() {
        declare("CREATE TABLE stock (pieces integer, sku text, warehouse text, note text DEFAULT 'x',"
                + " PRIMARY KEY (warehouse, sku) INCLUDE (pieces)); CALL source('stock', topic => 'stock')");

        BaseView stock = views().get(2);

        assertThat(stock.key()).extracting(Column::name).containsExactly("warehouse", "sku");
        assertThat(stock.columns()).extracting(Column::name).containsExactly("pieces");
    }

    @Test
    void whatADerivedViewIsKeptFromIsWrittenTogetherAndNothingElseIs() {
        declare("CREATE TABLE lonely (id bigint PRIMARY KEY); CALL source('lonely', topic => 'lonely')");

        List<List<String>> groups = TopicGroups.of(declared().topics(), together());

        assertThat(groups)
                .containsExactly(
                        List.of("lonely"), List.of(generation.topics.postEvents(), generation.topics.userEvents()));
    }

    @Test
    void whatIsDeclaredAlikeIsEqualAndWhatIsDeclaredOtherwiseIsNot() {
        Declarations before = declared();

        assertThat(declared()).isEqualTo(before);
        generation.query("ALTER TABLE %s.user_view ADD COLUMN nickname text");
        assertThat(declared()).isNotEqualTo(before);
    }

    private List<Set<String>> together() {
        return SourceCatalogue.together(generation.pool, generation.schema)
                .await()
                .indefinitely();
    }

    private void declare(String sql) {
        generation.query("SET search_path = %s; " + sql + "; RESET search_path");
    }

    private List<BaseView> views() {
        return declared().all();
    }

    private Declarations declared() {
        return SourceCatalogue.of(
                        generation.pool,
                        generation.schema,
                        topic -> topic.startsWith("${streamviews.topics.user")
                                ? generation.topics.userEvents()
                                : topic.startsWith("${") ? generation.topics.postEvents() : topic)
                .await()
                .indefinitely();
    }
}
