package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.Projection;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Live batches beside a rebuild that another instance works on, of other view files than this one's. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class SpacedBatchesTest extends RebuildRequests {

    @Inject
    Projection live;

    private SqlConnection other;

    @BeforeEach
    void workOnARebuild() {
        other = pool.getConnectionAndAwait();
        other.query("SELECT pg_advisory_lock(%d)".formatted(Rebuilds.LOCK)).executeAndAwait();
        run("INSERT INTO public.rebuild (state, attempt, views) VALUES ('FILLING', 1, 'of another release')");
    }

    @AfterEach
    void endIt() {
        try {
            other.query("SELECT pg_advisory_unlock_all()").executeAndAwait();
            other.closeAndAwait();
        } finally {
            run(
                    "UPDATE public.rebuild SET state = 'CANCELLED', finished_at = now() WHERE views = 'of another release'");
        }
        awaitSpacing(Duration.ZERO);
    }

    @Test
    void areFurtherApartUntilItWaitsForApproval() {
        awaitSpacing(Duration.ofMillis(200));

        move("HELD");
        awaitSpacing(Duration.ZERO);
        move("SWAPPING");
        awaitSpacing(Duration.ofMillis(200));
    }

    @Test
    void areFurtherApartUntilItsProcessHasDied() {
        awaitSpacing(Duration.ofMillis(200));

        other.query("SELECT pg_advisory_unlock_all()").executeAndAwait();

        awaitSpacing(Duration.ZERO);
        assertThat(count("SELECT count(*) FROM public.rebuild WHERE finished_at IS NULL"))
                .isEqualTo(1);
    }

    private void move(String state) {
        run("UPDATE public.rebuild SET state = '%s' WHERE finished_at IS NULL".formatted(state));
    }

    private void awaitSpacing(Duration expected) {
        await().atMost(PATIENCE).until(() -> live.spacing().equals(expected));
    }
}
