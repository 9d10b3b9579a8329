package io.streamviews.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.streamviews.rest.RefusedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AwaitedWritesTest {

    private final AwaitedWrites awaited = new AwaitedWrites(10);

    @Test
    void whoWaitsForMostMakesRoom() {
        UniAssertSubscriber<String> few = begin(2, new CompletableFuture<>());
        CompletableFuture<String> abandoned = new CompletableFuture<>();
        UniAssertSubscriber<String> many = begin(8, abandoned);
        CompletableFuture<String> wait = new CompletableFuture<>();

        UniAssertSubscriber<String> one = begin(1, wait);

        many.assertFailedWith(RefusedException.class);
        assertThat(abandoned).isCancelled();
        few.assertNotTerminated();
        wait.complete("seen");
        one.assertItem("seen");
    }

    @Test
    void whoComesIsRefusedUnlessOthersWaitForMore() {
        UniAssertSubscriber<String> first = begin(5, new CompletableFuture<>());
        UniAssertSubscriber<String> second = begin(5, new CompletableFuture<>());

        begin(5, new CompletableFuture<>()).assertFailedWith(RefusedException.class);
        begin(11, new CompletableFuture<>()).assertFailedWith(RefusedException.class);

        first.assertNotTerminated();
        second.assertNotTerminated();
    }

    @Test
    void whoHasSeenItOrIsGoneTakesNoRoom() {
        for (int i = 0; i < 5; i++) {
            begin(10, CompletableFuture.completedFuture("seen")).assertItem("seen");
            begin(10, CompletableFuture.failedFuture(new IllegalStateException()))
                    .assertFailedWith(IllegalStateException.class);
            begin(10, new CompletableFuture<>()).cancel();
        }
    }

    @Test
    void whoHasWaitedForLongestMakesRoomForOtherRequests() {
        long before = System.nanoTime();
        CompletableFuture<String> abandoned = new CompletableFuture<>();
        UniAssertSubscriber<String> first = begin(1, abandoned);
        UniAssertSubscriber<String> second = begin(2, new CompletableFuture<>());

        await().until(awaited::makeRoom);

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(500));
        first.assertFailedWith(RefusedException.class);
        assertThat(abandoned).isCancelled();
        second.assertNotTerminated();
        begin(8, new CompletableFuture<>()).assertNotTerminated();
    }

    private UniAssertSubscriber<String> begin(int writes, CompletableFuture<String> wait) {
        return awaited.counted(writes, () -> Uni.createFrom().completionStage(wait))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }
}
