package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.Transactions;
import io.streamviews.post.PostEvent.Type;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.Versioned;
import jakarta.enterprise.context.ApplicationScoped;

/** Commands on posts: one transaction for the entity and its event. */
@ApplicationScoped
public class PostCommands {

    private final Transactions transactions;
    private final EventLog log;

    PostCommands(Transactions transactions, EventLog log) {
        this.transactions = transactions;
        this.log = log;
    }

    public Uni<Versioned<PostData>> create(PostRequest request) {
        return transactions.run(() -> Post.create(request, log.now())
                .<Post>persist()
                .call(post -> log.append(() -> post.event(Type.POST_CREATED)))
                .map(Post::versioned));
    }

    /** @return the post after the command; one that changes nothing is no event and leaves the version as it is */
    public Uni<Versioned<PostData>> update(long id, PostRequest request, Precondition condition) {
        return transactions.change(PostEvent.AGGREGATE, id, () -> Post.get(id, condition)
                .call(post -> post.update(request, log.now())
                        ? log.append(() -> post.event(Type.POST_UPDATED))
                        : Uni.createFrom().nullItem())
                .map(Post::versioned));
    }

    /** @return the deletion's version */
    public Uni<Long> delete(long id, Precondition condition) {
        return transactions.change(PostEvent.AGGREGATE, id, () -> Post.get(id, condition)
                .chain(post -> post.remove().chain(() -> log.append(() -> post.deletion(log.now())))));
    }
}
