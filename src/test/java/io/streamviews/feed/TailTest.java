package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.feed.Tail.Follower;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TailTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Tails tails = new Tails(null, null, null, null);
    private final CompletableFuture<CloseReason> told = new CompletableFuture<>();

    /** Also of what is no exception, such as too little memory: nobody else would tell them. */
    @Test
    void whateverATailDiesOfItsFeedsEnd() throws Exception {
        Tail tail = new Tail("broken") {
            @Override
            CloseReason follow() {
                throw new StackOverflowError("as of a value that is too deep");
            }
        };
        tail.add(new Follower() {
            @Override
            public void wake() {
                // nothing comes
            }

            @Override
            public void end(CloseReason ending) {
                told.complete(ending);
            }
        });

        tail.start(tails);

        assertThat(told.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(CloseReason.FAILED);
        assertThat(tail.ready()).isCompletedExceptionally();
    }
}
