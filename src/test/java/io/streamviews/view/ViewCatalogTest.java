package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** When PostgreSQL's catalogue is asked, and who goes by which answer. */
class ViewCatalogTest {

    private final List<UniEmitter<?>> asked = new ArrayList<>();
    private final ViewCatalog catalog = new ViewCatalog(new Unanswered(), Map::of, true);

    /** Until the test answers. */
    private final class Unanswered extends ViewReader {

        Unanswered() {
            super(null, null, Duration.ZERO);
        }

        @Override
        public <T> Uni<List<T>> list(String sql, Function<Row, T> read, Object... parameters) {
            return Uni.createFrom().emitter(asked::add);
        }
    }

    @Test
    void whatWasWrongIsNotAnsweredByAQuestionFromBefore() {
        CompletableFuture<Catalog> before = future(catalog.current());
        CompletableFuture<CatalogView> one = future(catalog.findAgain("renamed"));
        CompletableFuture<CatalogView> other = future(catalog.findAgain("renamed"));

        answer(0, view("former"));
        assertThat(before.join().find("former")).isPresent();
        assertThat(one).isNotDone();

        answer(1, view("renamed"));
        assertThat(one.join().name()).isEqualTo("renamed");
        assertThat(other.join().name()).isEqualTo("renamed");
        assertThat(asked).hasSize(2);
    }

    @SuppressWarnings("unchecked")
    private void answer(int question, CatalogView view) {
        ((UniEmitter<List<CatalogView>>) asked.get(question)).complete(List.of(view));
    }

    private static <T> CompletableFuture<T> future(Uni<T> uni) {
        return uni.subscribeAsCompletionStage();
    }

    private static CatalogView view(String name) {
        return new CatalogView(
                name, CatalogView.Kind.TABLE, null, List.of(), List.of(), List.of(), null, Set.of(), Set.of());
    }
}
