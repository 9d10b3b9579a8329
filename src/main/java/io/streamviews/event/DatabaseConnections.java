package io.streamviews.event;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnectOptions;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Builds the pool, with bounds on how long a request waits for a connection (Quarkus has no setting for them), and opens
 * single connections with the same settings for who needs one of its own.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int POOL_TIMEOUT_MS = 5_000;

    private final AtomicInteger next = new AtomicInteger();
    private Vertx vertx;
    private List<PgConnectOptions> servers;

    @Override
    public Pool create(final Input input) {
        vertx = input.vertx();
        servers = input.pgConnectOptionsList();
        servers.forEach(server -> server.setConnectTimeout(CONNECT_TIMEOUT_MS));
        return PgBuilder.pool()
                .with(input.poolOptions()
                        .setConnectionTimeout(POOL_TIMEOUT_MS)
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
                .connectingTo(List.<SqlConnectOptions>copyOf(servers))
                .using(vertx)
                .build();
    }

    /** A connection outside the pool; whoever asks closes it. */
    public Uni<PgConnection> open() {
        return PgConnection.connect(
                io.vertx.mutiny.core.Vertx.newInstance(vertx),
                servers.get(Math.floorMod(next.getAndIncrement(), servers.size())));
    }
}
