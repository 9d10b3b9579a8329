package io.streamviews.user.bulk;

import io.streamviews.eventlog.Wakeup;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.user.UserCreation;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes a {@link BulkWriter} for each stream of users. */
@ApplicationScoped
class BulkWriters {

    private final Pool pool;
    private final UserCreation creation;
    private final Wakeup wakeup;
    private final TopicsConfig topics;
    private final Duration timeout;

    BulkWriters(
            Pool pool,
            UserCreation creation,
            Wakeup wakeup,
            TopicsConfig topics,
            @ConfigProperty(name = "streamviews.command.timeout", defaultValue = "10s") Duration timeout) {
        this.pool = pool;
        this.creation = creation;
        this.wakeup = wakeup;
        this.topics = topics;
        this.timeout = timeout;
    }

    /**
     * @param key null if the stream has none
     * @param executor on which its results come
     */
    BulkWriter of(IdempotencyKey key, Executor executor) {
        return new BulkWriter(pool, creation, wakeup, key, timeout, topics.partitions(), executor);
    }
}
