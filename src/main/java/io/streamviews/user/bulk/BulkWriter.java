package io.streamviews.user.bulk;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.user.NewUser;
import io.streamviews.user.UserData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Commits one stream of users chunk by chunk, and remembers its checkpoint. A stream with a key can be sent again after it
 * broke off anywhere, and goes on behind the last chunk that was committed.
 *
 * <p>Not thread-safe; its results come on the executor.
 */
final class BulkWriter {

    private final ChunkCommits commits;
    private final IdempotencyKey key;
    private final int partitions;
    private final Duration timeout;
    private final Executor executor;
    private Checkpoint checkpoint = Checkpoint.NONE;
    private CompletableFuture<?> asked = CompletableFuture.completedFuture(null);

    /**
     * @param key null if the stream has none
     * @param partitions of the topic
     */
    BulkWriter(ChunkCommits commits, IdempotencyKey key, int partitions, Duration timeout, Executor executor) {
        this.commits = commits;
        this.key = key;
        this.partitions = partitions;
        this.timeout = timeout;
        this.executor = executor;
    }

    boolean isRepeatable() {
        return key != null;
    }

    /** How far the stream is committed, also by an earlier request with the same key. */
    Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The token of all that is committed, also of what an earlier request with the same key did; null if nothing is. */
    String token() {
        return checkpoint.token(partitions);
    }

    /** Finds where the stream broke off when it was sent before. */
    Uni<Void> open() {
        return key == null ? Uni.createFrom().voidItem() : keep(commits.find(key));
    }

    /**
     * @param lines how many the stream has up to the end of this chunk
     * @param digest of these lines; null if the stream is not repeatable
     * @param complete whether there are no more lines
     */
    Uni<Void> write(List<NewUser> users, long lines, byte[] digest, boolean complete) {
        Checkpoint former = checkpoint;
        return keep(commits.commit(users, key, former, created -> {
            List<Long> ids = created.stream().map(UserData::id).toList();
            return former.next(lines, digest, ids, partitions, complete);
        }));
    }

    /** Has it done once the database has answered to all that it was asked, whether that was waited for or not. */
    void whenAnswered(Runnable task) {
        asked.whenComplete((answer, failure) -> task.run());
    }

    /** What the database is asked goes on when nobody waits for it any more. */
    private Uni<Void> keep(Uni<Checkpoint> work) {
        CompletableFuture<Checkpoint> answer = work.subscribeAsCompletionStage();
        asked = answer;
        return Uni.createFrom()
                .completionStage(() -> answer.thenApply(Function.identity()))
                .ifNoItem()
                .after(timeout)
                .fail()
                .emitOn(executor)
                .invoke(reached -> checkpoint = reached)
                .replaceWithVoid();
    }
}
