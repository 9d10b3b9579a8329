package io.streamviews.user.bulk;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.CommandConfig;
import io.streamviews.eventlog.Transactions;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.user.NewUser;
import io.streamviews.user.UserCreation;
import io.streamviews.user.UserData;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Commits chunks of streams: users, events and, if the stream has a key, its checkpoint in one transaction. */
@ApplicationScoped
class ChunkCommits {

    private final Transactions transactions;
    private final UserCreation creation;
    private final Pool pool;
    private final TopicsConfig topics;
    private final Duration timeout;

    ChunkCommits(
            Transactions transactions, UserCreation creation, Pool pool, TopicsConfig topics, CommandConfig config) {
        this.transactions = transactions;
        this.creation = creation;
        this.pool = pool;
        this.topics = topics;
        this.timeout = config.timeout();
    }

    /**
     * For one stream.
     *
     * @param key null if the stream has none
     * @param executor on which its results come
     */
    BulkWriter writer(IdempotencyKey key, Executor executor) {
        return new BulkWriter(this, key, topics.partitions(), timeout, executor);
    }

    /** The checkpoint of the stream that was sent with this key before. */
    Uni<Checkpoint> find(IdempotencyKey key) {
        return Checkpoint.find(pool, key);
    }

    /**
     * @param key null if the stream has none
     * @param next the checkpoint behind the chunk, made of the users as created
     */
    Uni<Checkpoint> commit(
            List<NewUser> users, IdempotencyKey key, Checkpoint former, Function<List<UserData>, Checkpoint> next) {
        return transactions.runOnConnection(connection -> creation.createAll(connection, users)
                .map(next)
                .call(checkpoint ->
                        key == null ? Uni.createFrom().voidItem() : checkpoint.save(connection, key, former)));
    }
}
