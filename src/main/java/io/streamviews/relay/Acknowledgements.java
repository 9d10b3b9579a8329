package io.streamviews.relay;

import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Counts what becomes of a batch's events, on whatever thread it is told. The batch ends when the outcome of all is known,
 * and fails if one of them has failed.
 */
final class Acknowledgements {

    private final AtomicInteger awaited;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final UniEmitter<? super Void> batch;

    Acknowledgements(int events, UniEmitter<? super Void> batch) {
        this.awaited = new AtomicInteger(events);
        this.batch = batch;
    }

    CompletionStage<Void> succeeded() {
        if (awaited.decrementAndGet() == 0) {
            end();
        }
        return CompletableFuture.completedFuture(null);
    }

    /** Of several failures the first one is told. */
    CompletionStage<Void> failed(Throwable reason) {
        failure.compareAndSet(null, reason);
        return succeeded();
    }

    boolean haveFailed() {
        return failure.get() != null;
    }

    private void end() {
        Throwable reason = failure.get();
        if (reason == null) {
            batch.complete(null);
        } else {
            batch.fail(new PublishFailedException(reason));
        }
    }
}
