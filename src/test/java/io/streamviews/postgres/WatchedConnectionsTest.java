package io.streamviews.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.DeadNetwork;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever is waited for, it ends: connections that are lost are found, and those that are at work are left in peace. */
class WatchedConnectionsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration FOR_EVER = Duration.ofDays(1);

    private static final Waits QUICK =
            new Waits(Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofSeconds(2));

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final Vertx vertx = Vertx.vertx();
    private DeadNetwork network;

    @BeforeEach
    void open() throws IOException {
        network = new DeadNetwork(EmbeddedServersResource.servers().getDatabasePort());
    }

    @AfterEach
    void close() throws Exception {
        result(vertx.close());
        network.close();
    }

    @Test
    void whoWaitsForAnAnswerIsToldAndTheNextInLineIsServedOnAnotherConnection() throws Exception {
        Pool pool = connections(QUICK).pool(new PoolOptions().setMaxSize(1));
        int first = pid(pool);
        Future<RowSet<Row>> lost = pool.query("SELECT pg_sleep(1)").execute();
        List<Future<Integer>> others =
                Stream.generate(() -> pidLater(pool)).limit(5).toList();
        awaitActive("pg_sleep");
        loseAll();

        assertThat(failure(lost)).isInstanceOf(NoAnswerException.class).hasMessageContaining("has not answered for");
        for (Future<Integer> other : others) {
            assertThat(result(other)).isNotEqualTo(first);
        }
        assertThat(network.lost()).isZero();
    }

    @Test
    void statementsOfALostTransactionFailAndItsConnectionIsReplaced() throws Exception {
        Pool pool = connections(QUICK).pool(new PoolOptions().setMaxSize(1));
        Future<Void> transaction = pool.withTransaction(connection -> connection
                .query("SELECT pg_sleep(0.5)")
                .execute()
                .compose(slept -> connection.query("SELECT 1").execute())
                .mapEmpty());
        awaitActive("pg_sleep");
        loseAll();

        assertThat(failure(transaction)).isInstanceOf(NoAnswerException.class);
        assertThat(pid(pool)).isPositive();
    }

    @Test
    void aConnectionOnWhichPostgresqlOnlyReadsIsReplaced() throws Exception {
        Pool pool = connections(QUICK).pool(new PoolOptions().setMaxSize(1));
        int first = pid(pool);
        // As one that was opened while the database was read-only.
        result(pool.query("SET default_transaction_read_only = on").execute());
        Future<Void> transaction = pool.withTransaction(connection -> Future.join(
                        connection.query("CREATE TEMPORARY TABLE one ()").execute(),
                        connection.query("CREATE TEMPORARY TABLE other ()").execute())
                .mapEmpty());
        Future<Integer> next = pidLater(pool);

        assertThat(failure(transaction)).hasMessageContaining("read-only transaction");
        assertThat(result(next)).isNotEqualTo(first);
        result(pool.query("CREATE TEMPORARY TABLE one ()").execute());
    }

    @Test
    void aConnectionThatIsLostAtRestIsFoundUnused() throws Exception {
        Pool pool = connections(QUICK).pool(new PoolOptions().setMaxSize(1));
        int first = pid(pool);
        AtomicInteger closed = new AtomicInteger();
        result(connections(QUICK).open()).closeHandler(end -> closed.incrementAndGet());
        loseAll();

        await().atMost(PATIENCE).until(() -> network.lost() == 0);
        await().atMost(PATIENCE).until(() -> closed.get() == 1);
        assertThat(pid(pool)).isNotEqualTo(first);
    }

    @Test
    void aConnectionAtRestIsKept() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        PgConnection connection = result(connections(QUICK).open()).closeHandler(end -> closed.incrementAndGet());
        result(connection.query("SET idle_session_timeout = '2s'").execute());

        await().atMost(PATIENCE).during(QUICK.limit().multipliedBy(2)).until(() -> closed.get() == 0);
        result(connection.query("SELECT 1").execute());
        result(connection.close());
    }

    @Test
    void aStatementMayTakeAsLongAsPostgresqlIsAtWorkIfItsConnectionSaysSo() throws Exception {
        PgConnection connection = result(connections(QUICK).open());
        Patience.whileAtWork(io.vertx.mutiny.pgclient.PgConnection.newInstance(connection));

        assertThat(result(connection.query("SELECT pg_sleep(4)").execute()).size())
                .isEqualTo(1);
        result(connection.close());
    }

    @Test
    void aStatementThatIsNotAtWorkAnyMoreEndsHoweverPatientItsConnectionIs() throws Exception {
        PgConnection connection = result(connections(QUICK).open());
        Patience.whileAtWork(io.vertx.mutiny.pgclient.PgConnection.newInstance(connection));
        Future<RowSet<Row>> lost = connection.query("SELECT pg_sleep(2)").execute();
        awaitActive("pg_sleep");
        loseAll();

        assertThat(failure(lost)).isInstanceOf(NoAnswerException.class);
    }

    @Test
    void aStatementLongerThanTheUsualLimitEnds() throws Exception {
        PgConnection connection = result(connections(QUICK).open());

        assertThat(failure(connection.query("SELECT pg_sleep(30)").execute())).isInstanceOf(NoAnswerException.class);
    }

    @Test
    void aLostConnectionIsClosedWithoutAWord() throws Exception {
        Waits patient = new Waits(FOR_EVER, FOR_EVER, FOR_EVER, FOR_EVER);
        PgConnection connection = result(connections(patient).open());
        loseAll();

        result(connection.close());
        await().atMost(PATIENCE).until(() -> network.lost() == 0);
    }

    @Test
    void whoIsNotLetInGivesUpAndLeavesNoSocketBehind() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> acceptInSilence(silent, accepted, left));
            server.setDaemon(true);
            server.start();
            WatchedConnections connections = connections(QUICK, silent.getLocalPort());
            Pool pool = connections.pool(new PoolOptions().setMaxSize(2));

            List<Future<?>> refused = List.of(connections.open(), pidLater(pool), pidLater(pool), pidLater(pool));

            for (Future<?> one : refused) {
                assertThat(failure(one)).isInstanceOf(NoAnswerException.class);
            }
            await().atMost(PATIENCE).until(() -> accepted.get() == refused.size() && left.get() == refused.size());
        }
    }

    private static void acceptInSilence(ServerSocket silent, AtomicInteger accepted, AtomicInteger left) {
        try {
            while (true) {
                Socket client = silent.accept();
                accepted.incrementAndGet();
                Thread reader = new Thread(() -> {
                    try {
                        client.getInputStream().skip(Long.MAX_VALUE);
                        left.incrementAndGet();
                    } catch (IOException reset) {
                        left.incrementAndGet();
                    }
                });
                reader.setDaemon(true);
                reader.start();
            }
        } catch (IOException closed) {
            // by the test
        }
    }

    private void loseAll() {
        network.die();
        network.revive();
    }

    private WatchedConnections connections(Waits waits) {
        return connections(waits, network.port());
    }

    private WatchedConnections connections(Waits waits, int port) {
        PgConnectOptions server = PgConnectOptions.fromUri(servers.get("quarkus.datasource.reactive.url"))
                .setUser(servers.get("quarkus.datasource.username"))
                .setPort(port);
        return new WatchedConnections(vertx, List.of(server), waits);
    }

    private static Future<Integer> pidLater(Pool pool) {
        return pool.query("SELECT pg_backend_pid()")
                .execute()
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    private static int pid(Pool pool) throws Exception {
        return result(pidLater(pool));
    }

    private void awaitActive(String statement) throws Exception {
        Pool direct = connections(QUICK, EmbeddedServersResource.servers().getDatabasePort())
                .pool(new PoolOptions().setMaxSize(1));
        await().atMost(PATIENCE)
                .until(() -> result(direct.query("SELECT FROM pg_stat_activity WHERE state = 'active'"
                                                + " AND pid <> pg_backend_pid() AND query LIKE '%" + statement
                                                + "%'")
                                        .execute())
                                .size()
                        > 0);
        result(direct.close());
    }

    private static <T> T result(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Throwable failure(Future<?> future) throws InterruptedException, TimeoutException {
        try {
            future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException failed) {
            return failed.getCause();
        }
    }
}
