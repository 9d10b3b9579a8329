package io.streamviews.user.bulk;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.ConsistencyToken;
import io.streamviews.eventlog.Wakeup;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.user.NewUser;
import io.streamviews.user.UserCreation;
import io.streamviews.user.UserEvent;
import io.streamviews.user.UserInserts;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Commits a stream of users chunk by chunk. With a key, a chunk's transaction also moves the stream's state on, so that
 * the stream can be sent again after it broke off anywhere, and goes on where it was committed.
 *
 * <p>Not thread-safe; its results come on the executor.
 */
final class BulkWriter {

    private final Pool pool;
    private final UserCreation creation;
    private final Wakeup wakeup;
    private final IdempotencyKey key;
    private final Duration timeout;
    private final int partitions;
    private final Executor executor;
    private BulkState state = BulkState.NONE;
    private CompletableFuture<?> asked = CompletableFuture.completedFuture(null);

    /**
     * @param key null if the stream has none
     * @param partitions of the topic
     */
    BulkWriter(
            Pool pool,
            UserCreation creation,
            Wakeup wakeup,
            IdempotencyKey key,
            Duration timeout,
            int partitions,
            Executor executor) {
        this.pool = pool;
        this.creation = creation;
        this.wakeup = wakeup;
        this.key = key;
        this.timeout = timeout;
        this.partitions = partitions;
        this.executor = executor;
    }

    boolean isRepeatable() {
        return key != null;
    }

    BulkState state() {
        return state;
    }

    /** The token of all that is committed, also of what an earlier request with the same key did; null if nothing is. */
    String token() {
        ConsistencyToken token =
                LastUsers.of(partitions, state.lastInPartitions()).token();
        return token == null ? null : token.toString();
    }

    /** Finds where the stream broke off when it was sent before. */
    Uni<Void> open() {
        return key == null
                ? Uni.createFrom().voidItem()
                : here(BulkState.find(pool, key).invoke(found -> state = found).replaceWithVoid());
    }

    /**
     * @param digest of the lines; null if the stream is not repeatable
     * @param complete whether there are no more lines
     */
    Uni<Void> write(List<NewUser> users, long lines, byte[] digest, boolean complete) {
        Uni<BulkState> written = key == null
                ? creation.prepare(pool, users).chain(created -> UserInserts.insert(pool, users, created)
                        .replaceWith(() -> after(created, lines, digest, complete)))
                : pool.withTransaction(
                        transaction -> creation.prepare(transaction, users).chain(created -> {
                            BulkState next = after(created, lines, digest, complete);
                            return next.moveOn(transaction, key, state)
                                    .chain(() -> UserInserts.insert(transaction, users, created))
                                    .replaceWith(next);
                        }));
        return here(written)
                .invoke(next -> {
                    state = next;
                    wakeup.wake();
                })
                .replaceWithVoid();
    }

    private BulkState after(List<UserEvent> created, long lines, byte[] digest, boolean complete) {
        Long first = created.isEmpty() ? null : Long.valueOf(created.get(0).userId());
        Long last = created.isEmpty()
                ? state.lastId()
                : Long.valueOf(created.get(created.size() - 1).userId());
        return new BulkState(
                lines,
                digest,
                state.accepted() + created.size(),
                state.firstId() == null ? first : state.firstId(),
                last,
                LastUsers.of(partitions, state.lastInPartitions())
                        .and(created.stream().map(UserEvent::userId).toList())
                        .ids(),
                complete);
    }

    /** Has it done once the database has answered to all that it was asked, whether that was waited for or not. */
    void whenAnswered(Runnable task) {
        asked.whenComplete((answer, failure) -> task.run());
    }

    /** What the database is asked goes on when nobody waits for it any more. */
    private <T> Uni<T> here(Uni<T> work) {
        CompletableFuture<T> answer = work.subscribeAsCompletionStage();
        asked = answer;
        return Uni.createFrom()
                .completionStage(() -> answer.thenApply(Function.identity()))
                .ifNoItem()
                .after(timeout)
                .fail()
                .emitOn(executor);
    }
}
