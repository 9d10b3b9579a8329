package io.streamviews.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.vertx.VertxContextSupport;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a command takes at most. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class TransactionsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final long NOBODY = Long.MAX_VALUE;

    private final CompletableFuture<Void> outcome = new CompletableFuture<>();

    @Inject
    Pool pool;

    /** Work goes on to its end. */
    @AfterEach
    void end() {
        outcome.complete(null);
    }

    @Test
    void waitingForTheEntityIsPartOfACommandsTime() throws Throwable {
        Transactions transactions = new Transactions(pool, new EntityQueues(new Soon()), new Soon());

        CompletableFuture<Void> first = change(
                transactions, Uni.createFrom().voidItem().onItem().delayIt().by(TIMEOUT.dividedBy(2)));
        CompletableFuture<Void> second = change(transactions, Uni.createFrom().completionStage(outcome));

        first.join();
        assertThat(second)
                .failsWithin(TIMEOUT.multipliedBy(3).dividedBy(4))
                .withThrowableThat()
                .withCauseInstanceOf(TimeoutException.class);
    }

    private static CompletableFuture<Void> change(Transactions transactions, Uni<Void> work) throws Throwable {
        CompletableFuture<Void> result = new CompletableFuture<>();
        VertxContextSupport.subscribe(
                () -> transactions.change("user", NOBODY, () -> here(work)).toMulti(),
                command -> command.with(nothing -> {}, result::completeExceptionally, () -> result.complete(null)));
        return result;
    }

    /** Hibernate's sessions stay on their threads. */
    private static Uni<Void> here(Uni<Void> work) {
        Context context = Vertx.currentContext();
        return work.emitOn(task -> context.runOnContext(now -> task.run()));
    }

    private record Soon() implements CommandConfig {

        @Override
        public Duration timeout() {
            return TIMEOUT;
        }

        @Override
        public int maxWaiting() {
            return 1;
        }

        @Override
        public int maxWaitingForOne() {
            return 1;
        }
    }
}
