package io.streamviews.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;

/**
 * The least that a service can do with a user: one row, by one INSERT, through the same client with a pool of the same
 * size. No validation, no event, no framework. A process of its own; prints its port.
 */
final class BareEndpoint {

    private static final int POOL = 20;
    private static final String INSERT =
            "INSERT INTO bare_users (name, email, department, status) VALUES ($1, $2, $3, $4) RETURNING id";

    private final Pool pool;

    private BareEndpoint(Pool pool) {
        this.pool = pool;
    }

    public static void main(String... args) {
        Vertx vertx = Vertx.vertx();
        PgConnectOptions database =
                PgConnectOptions.fromUri(args[0]).setUser("postgres").setCachePreparedStatements(true);
        BareEndpoint endpoint = new BareEndpoint(PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(POOL))
                .connectingTo(database)
                .using(vertx)
                .build());
        vertx.createHttpServer()
                .requestHandler(endpoint::create)
                .listen(0)
                .onSuccess(server -> System.out.println("Listening on: http://localhost:" + server.actualPort()));
    }

    private void create(HttpServerRequest request) {
        request.body()
                .map(JsonObject::new)
                .compose(user -> pool.preparedQuery(INSERT)
                        .execute(Tuple.of(
                                user.getString("name"),
                                user.getString("email"),
                                user.getString("department"),
                                user.getString("status"))))
                .onSuccess(rows -> request.response()
                        .setStatusCode(201)
                        .end(new JsonObject()
                                .put("id", rows.iterator().next().getLong(0))
                                .encode()))
                .onFailure(failure -> request.response().setStatusCode(500).end(failure.toString()));
    }
}
