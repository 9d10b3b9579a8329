package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Patience;
import io.streamviews.postgres.SessionLock;
import io.streamviews.projection.generation.CarryOver;
import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.projection.generation.Generations;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * One snapshot of the live generation and the next one, as the same events have made them. The live projection's batches are
 * held back for the moment in which it is taken; each question to it may take five minutes.
 */
final class LevelSnapshot {

    private static final Duration HOLD = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String BEGIN =
            """
            BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
            SET LOCAL statement_timeout = '5min';
            SET LOCAL idle_in_transaction_session_timeout = '60s';
            """;

    /** The first statement that needs one takes the snapshot. */
    private static final String TAKE = "SELECT pg_current_snapshot()";

    private final SessionLock lock;
    private final SqlConnection control;
    private final GenerationBuild build;
    private final Supplier<Map<TopicPartition, Long>> live;

    /**
     * @param lock on its connection the live batches are held back
     * @param build fills the next generation, and is not ahead of the live one for long
     * @param live where the live generation stands now
     */
    LevelSnapshot(SessionLock lock, GenerationBuild build, Supplier<Map<TopicPartition, Long>> live) {
        this.lock = lock;
        this.control = lock.connection();
        this.build = build;
        this.live = live;
    }

    /** Empty if the live generation does not come to where the next one is: it is paused, fails, or reads events again. */
    <T> Optional<T> read(Function<SqlConnection, Uni<T>> question) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        SqlConnection connection = await(build.pool().getConnection());
        Patience.whileAtWork(connection);
        try {
            while (!isTaken(connection)) {
                if (System.nanoTime() > deadline) {
                    return Optional.empty();
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
            return Optional.of(await(question.apply(connection)));
        } finally {
            await(end(connection).eventually(() -> {
                Patience.asUsual(connection);
                return connection.close();
            }));
        }
    }

    private boolean isTaken(SqlConnection snapshot) {
        build.fill(live.get());
        lock.silent(true);
        try {
            await(control.query("BEGIN").execute());
            await(Generations.holdBatches(control, HOLD.toMillis()));
            boolean level = build.fill(live.get(), HOLD) && await(Generations.areAtOnePlace(control));
            if (level) {
                await(snapshot.query(BEGIN).execute().chain(() -> snapshot.query(TAKE)
                        .execute()));
            }
            return level;
        } catch (RuntimeException e) {
            if (CarryOver.isLostRace(e)) {
                return false;
            }
            throw e;
        } finally {
            await(end(control));
            lock.silent(false);
        }
    }

    private static Uni<Void> end(SqlConnection connection) {
        return connection
                .query("ROLLBACK")
                .execute()
                .replaceWithVoid()
                .onFailure()
                .recoverWithNull();
    }

    private static <T> T await(Uni<T> call) {
        return call.await().indefinitely();
    }
}
