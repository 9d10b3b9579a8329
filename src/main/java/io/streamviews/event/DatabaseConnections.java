package io.streamviews.event;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Builds the pool, with bounds that Quarkus has no settings for, and opens further pools and single connections with the
 * same settings for who needs one of its own. How many may wait for a connection is bound here, how long is for them to
 * say: the pool's own time-out fails a query a second time that has failed before, which Vert.x logs as an uncaught
 * exception.
 *
 * <p>PostgreSQL ends a transaction whose client has said nothing for ten seconds: a process that is frozen or cut off
 * between two statements does not keep its locks, and whoever replaces it need not wait for it.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int IDLE_TRANSACTION_TIMEOUT_MS = 10_000;
    private static final int MAX_WAITING = 10_000;
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

    private final AtomicInteger next = new AtomicInteger();
    private Vertx vertx;
    private List<PgConnectOptions> servers;
    private PoolOptions options;

    @Override
    public Pool create(Input input) {
        vertx = input.vertx();
        servers = input.pgConnectOptionsList();
        servers.forEach(server -> server.setConnectTimeout(CONNECT_TIMEOUT_MS)
                .setTcpKeepAlive(true)
                .addProperty("idle_in_transaction_session_timeout", Integer.toString(IDLE_TRANSACTION_TIMEOUT_MS)));
        options = input.poolOptions().setConnectionTimeout(0).setMaxWaitQueueSize(MAX_WAITING);
        return build(options);
    }

    /**
     * A pool for work that must not wait for those who have taken all of the common pool's connections; whoever asks closes
     * it.
     *
     * @param size connections at most; never more than the common pool may have
     */
    public io.vertx.mutiny.sqlclient.Pool pool(int size) {
        return io.vertx.mutiny.sqlclient.Pool.newInstance(
                build(new PoolOptions(options).setShared(false).setMaxSize(Math.min(size, options.getMaxSize()))));
    }

    private Pool build(PoolOptions with) {
        return PgBuilder.pool()
                .with(with)
                .connectingTo(List.<SqlConnectOptions>copyOf(servers))
                .using(vertx)
                .build();
    }

    /** A connection outside the pool, or a failure in bounded time; whoever asks closes it. */
    public Uni<PgConnection> open() {
        PgConnectOptions server = servers.get(Math.floorMod(next.getAndIncrement(), servers.size()));
        Uni<PgConnection> opening = PgConnection.connect(io.vertx.mutiny.core.Vertx.newInstance(vertx), server)
                .memoize()
                .indefinitely();
        return opening.ifNoItem()
                .after(OPEN_TIMEOUT)
                .fail()
                .onFailure(TimeoutException.class)
                .invoke(late -> opening.subscribe().with(PgConnection::closeAndForget, refused -> {}));
    }
}
