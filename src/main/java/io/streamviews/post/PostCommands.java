package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EntityQueues;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.Transactions;
import io.streamviews.post.PostEvent.Type;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;

/**
 * Changes posts: one transaction for the entity and its event. Locks, reads, then writes, in this order (see
 * {@link EventLog}).
 */
@ApplicationScoped
public class PostCommands {

    private final EntityQueues queues;
    private final Transactions transactions;
    private final EventLog log;
    private final Clock clock;

    PostCommands(EntityQueues queues, Transactions transactions, EventLog log, Clock clock) {
        this.queues = queues;
        this.transactions = transactions;
        this.log = log;
        this.clock = clock;
    }

    public Uni<Versioned<PostData>> create(PostRequest request) {
        return transactions.run(() -> Post.create(request, now())
                .<Post>persist()
                .call(post -> append(Type.POST_CREATED, post, post.version, post.createdAt))
                .map(Post::versioned));
    }

    /** @return the post after the command; one that changes nothing is no event and leaves the version as it is */
    public Uni<Versioned<PostData>> update(long id, PostRequest request, Precondition condition) {
        return run(id, () -> find(id, condition)
                .call(post -> {
                    long before = post.version;
                    return post.update(request, now())
                            ? append(Type.POST_UPDATED, post, before + 1, post.updatedAt)
                            : Uni.createFrom().voidItem();
                })
                .map(Post::versioned));
    }

    /** @return the deletion's version */
    public Uni<Long> delete(long id, Precondition condition) {
        return run(id, () -> find(id, condition).chain(post -> post.remove()
                .chain(() -> append(Type.POST_DELETED, post, post.version + 1, now()))
                .replaceWith(() -> post.version + 1)));
    }

    private <T> Uni<T> run(long id, Supplier<Uni<T>> command) {
        return queues.run(PostEvent.AGGREGATE, id, () -> transactions.run(command));
    }

    private Uni<Post> find(long id, Precondition condition) {
        return log.lock(PostEvent.AGGREGATE, id)
                .chain(() -> Post.<Post>findById(id))
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("Post", id))
                .invoke(post -> condition.check(post.version));
    }

    private Uni<Void> append(Type type, Post post, long version, Instant time) {
        return log.append(new PostEvent(type, post.id, post.data(), time, version).toEvent());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
