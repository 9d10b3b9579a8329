package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.ViewTables;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a step of a build that nobody wants any more. */
class BuildStepsTest {

    private static final Map<String, String> SERVERS =
            EmbeddedServersResource.servers().getConfiguration();
    private static final String AT_WORK =
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(601)' AND state = 'active'";

    private final ViewTables tables = new ViewTables(
            SERVERS.get("quarkus.datasource.reactive.url"), SERVERS.get("quarkus.datasource.username"), "public");
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @AfterEach
    void close() {
        threads.shutdown();
        tables.close();
    }

    @Test
    void postgresqlIsToldToStopIt() {
        AtomicBoolean cancelled = new AtomicBoolean();
        BuildSteps steps = new BuildSteps(
                new ViewSchema("public", tables.pool, "test"),
                threads,
                2,
                own -> Uni.createFrom().voidItem(),
                cancelled::get);
        CompletableFuture<Void> step = CompletableFuture.runAsync(
                () -> steps.atOnce(List.of(own -> Sql.run(own, List.of("SELECT pg_sleep(601)")))));
        await().until(() -> tables.count(AT_WORK) == 1);

        cancelled.set(true);

        assertThatThrownBy(step::join).hasCauseInstanceOf(CancellationException.class);
        await().atMost(Duration.ofSeconds(5)).until(() -> tables.count(AT_WORK) == 0);
    }
}
