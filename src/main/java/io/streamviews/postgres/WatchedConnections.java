package io.streamviews.postgres;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Pools and single connections on which every wait ends, whatever becomes of PostgreSQL or of the way to it. A connection
 * that is lost without a word is found and closed, whether it is in use or at rest; who waited for an answer is told by a
 * {@link NoAnswerException}.
 */
public final class WatchedConnections {

    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** Longer than PostgreSQL lets a transaction rest, which it would else take for work. */
    private static final Duration REST = Duration.ofSeconds(15);

    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final List<PgConnectOptions> servers;
    private final Waits waits;
    private final WatchedConnectionFactory single;
    private final AtomicInteger next = new AtomicInteger();

    /** @param limit longer than PostgreSQL has been told to take for a statement */
    public WatchedConnections(Vertx vertx, List<PgConnectOptions> servers, Duration limit) {
        this(vertx, servers, new Waits(HANDSHAKE, REST, SILENCE, limit));
    }

    WatchedConnections(Vertx vertx, List<PgConnectOptions> servers, Waits waits) {
        this.vertx = vertx;
        this.servers = List.copyOf(servers);
        this.waits = waits;
        this.single = new WatchedConnectionFactory((VertxInternal) vertx, () -> Future.succeededFuture(next()), waits);
    }

    public Pool pool(PoolOptions options) {
        return ClientBuilder.pool(new Driver())
                .with(options)
                .connectingTo(List.<SqlConnectOptions>copyOf(servers))
                .using(vertx)
                .build();
    }

    /** A connection outside all pools, or a failure in bounded time; whoever asks closes it. */
    public Future<PgConnection> open() {
        Context context = vertx.getOrCreateContext();
        return single.connect(context).map(PgConnection::cast);
    }

    private PgConnectOptions next() {
        return servers.get(Math.floorMod(next.getAndIncrement(), servers.size()));
    }

    private final class Driver extends PgDriver {

        @Override
        public ConnectionFactory createConnectionFactory(
                Vertx owner, Supplier<? extends Future<? extends SqlConnectOptions>> databases) {
            return new WatchedConnectionFactory((VertxInternal) owner, databases, waits);
        }
    }
}
