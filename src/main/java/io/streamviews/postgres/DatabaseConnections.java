package io.streamviews.postgres;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Builds the pool, with bounds that Quarkus has no settings for, and opens further pools and single connections with
 * the same settings for who needs one of its own.
 *
 * <p>PostgreSQL ends what takes too long, and says why: a statement, a wait for a lock, a transaction or a session
 * whose client is silent. So a process that is frozen or cut off keeps no locks. A connection that gets no answer even
 * so is cut (see {@link WatchedConnections}). The queue for connections is bounded, and so is the wait in it; the
 * pool's own time-out is off, since it would fail a failed query once more, which Vert.x logs as an uncaught exception.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int MAX_WAITING = 10_000;

    private static final Map<String, String> ENDS = Map.of(
            "idle_in_transaction_session_timeout", "10s",
            "idle_session_timeout", "30s",
            "tcp_keepalives_idle", "5",
            "tcp_keepalives_interval", "2",
            "tcp_keepalives_count", "3");

    private final DatabaseTls tls;
    private final Duration statementTimeout;
    private Vertx vertx;
    private List<PgConnectOptions> servers;
    private WatchedConnections connections;
    private PoolOptions options;

    /** @param statementTimeout half of it for a lock; who needs longer says so in its transaction or on its connection */
    DatabaseConnections(
            DatabaseTls tls,
            @ConfigProperty(name = "streamviews.database.statement-timeout", defaultValue = "10s")
                    Duration statementTimeout) {
        if (statementTimeout.toMillis() < 2) {
            throw new IllegalArgumentException("streamviews.database.statement-timeout is " + statementTimeout);
        }
        this.tls = tls;
        this.statementTimeout = statementTimeout;
    }

    @Override
    public Pool create(Input input) {
        vertx = input.vertx();
        servers = input.pgConnectOptionsList();
        servers.forEach(server -> {
            server.setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpKeepAlive(true);
            tls.protect(server);
            ENDS.forEach(server::addProperty);
            server.addProperty("statement_timeout", Long.toString(statementTimeout.toMillis()))
                    .addProperty("lock_timeout", Long.toString(statementTimeout.toMillis() / 2));
        });
        connections = watched(servers);
        options = input.poolOptions().setConnectionTimeout(0).setMaxWaitQueueSize(MAX_WAITING);
        return connections.pool(options);
    }

    /**
     * A pool for work that must not wait for those who have taken all of the common pool's connections; whoever asks closes
     * it.
     *
     * @param size connections at most; never more than the common pool may have
     */
    public io.vertx.mutiny.sqlclient.Pool pool(int size) {
        return io.vertx.mutiny.sqlclient.Pool.newInstance(connections.pool(
                new PoolOptions(options).setShared(false).setMaxSize(Math.min(size, options.getMaxSize()))));
    }

    /** A pool for another server with the same database and roles; whoever asks closes it. */
    public io.vertx.mutiny.sqlclient.Pool pool(String host, int port, int size) {
        PgConnectOptions other =
                new PgConnectOptions(servers.get(0)).setHost(host).setPort(port);
        return io.vertx.mutiny.sqlclient.Pool.newInstance(watched(List.of(other))
                .pool(new PoolOptions(options).setShared(false).setMaxSize(size)));
    }

    private WatchedConnections watched(List<PgConnectOptions> servers) {
        return new WatchedConnections(vertx, servers, statementTimeout.multipliedBy(2));
    }

    io.vertx.core.Vertx vertx() {
        return vertx;
    }

    /** A connection outside the pool, or a failure in bounded time; whoever asks closes it. */
    public Uni<PgConnection> open() {
        return Uni.createFrom()
                .completionStage(() -> connections.open().toCompletionStage())
                .map(PgConnection::newInstance);
    }
}
