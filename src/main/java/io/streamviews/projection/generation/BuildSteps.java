package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.vertx.UniHelper;
import io.streamviews.postgres.Patience;
import io.streamviews.postgres.Sql;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.ViewTransactions;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Work on a generation's tables that takes long, in several transactions at once, each on a connection of its own. Who has the
 * generation to itself when one begins has it until it ends: a new owner waits for it, as for a batch, and one that begins later
 * is fenced.
 */
final class BuildSteps {

    /** In kB. Each process of a query has work_mem, and those that make an index share maintenance_work_mem. */
    private static final String MORE_MEMORY =
            """
            SELECT set_config(name, greatest(setting::bigint, CASE name WHEN 'work_mem' THEN 65536 ELSE 131072 END)::text, true)
            FROM pg_settings
            WHERE name IN ('work_mem', 'maintenance_work_mem')
            """;

    /** Whoever goes on after the death of a process waits for what it has left at work. Not every system can tell PostgreSQL. */
    private static final String NOTICE_DEATH =
            """
            DO $$ BEGIN
                PERFORM set_config('client_connection_check_interval', '5s', true);
            EXCEPTION WHEN invalid_parameter_value THEN
                NULL;
            END $$
            """;

    /** How often it is asked whether the generation is still wanted. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private static final Uni<Void> DONE = Uni.createFrom().voidItem();

    /** How many processes of PostgreSQL do a step. */
    enum Processes {
        /** As many as PostgreSQL is set to have. */
        SEVERAL("SET LOCAL max_parallel_maintenance_workers = 8"),
        /** What several do takes more of the processors' time, of which none is left when there are as many steps as threads. */
        ONE("SET LOCAL max_parallel_maintenance_workers = 0; SET LOCAL max_parallel_workers_per_gather = 0");

        private final String setting;

        Processes(String setting) {
            this.setting = setting;
        }

        static Processes of(int steps, int threads) {
            return steps < threads ? SEVERAL : ONE;
        }
    }

    private final ViewSchema generation;
    private final ExecutorService threads;
    private final int atOnce;
    private final Function<SqlConnection, Uni<Void>> hold;
    private final BooleanSupplier cancelled;

    /**
     * @param atOnce so many threads there are
     * @param hold has the generation stay its owner's until the transaction ends, or fails
     */
    BuildSteps(
            ViewSchema generation,
            ExecutorService threads,
            int atOnce,
            Function<SqlConnection, Uni<Void>> hold,
            BooleanSupplier cancelled) {
        this.generation = generation;
        this.threads = threads;
        this.atOnce = atOnce;
        this.hold = hold;
        this.cancelled = cancelled;
    }

    /**
     * Begins steps in this order, as many at once as there are threads, and none once one has failed. Returns, or fails, when all that
     * have begun have ended: with what the generation is refused for, else as the first one that was not told to stop.
     */
    void atOnce(List<Function<SqlConnection, Uni<Void>>> steps) {
        List<Future<?>> done = new ArrayList<>();
        AtomicBoolean failed = new AtomicBoolean();
        Processes processes = Processes.of(steps.size(), atOnce);
        steps.forEach(step -> done.add(threads.submit(() -> run(step, processes, failed))));
        List<RuntimeException> failures = new ArrayList<>();
        for (Future<?> each : done) {
            try {
                each.get();
            } catch (ExecutionException e) {
                failures.add(
                        e.getCause() instanceof RuntimeException unchecked
                                ? unchecked
                                : new IllegalStateException(e.getCause()));
            } catch (InterruptedException e) {
                done.forEach(other -> other.cancel(true));
                throw new InterruptException(e);
            }
        }
        if (!failures.isEmpty()) {
            throw Collections.min(failures, Comparator.comparing(BuildSteps::weight));
        }
    }

    private static int weight(RuntimeException failure) {
        return failure instanceof RefusedGenerationException ? 0 : failure instanceof CancellationException ? 2 : 1;
    }

    private void run(Function<SqlConnection, Uni<Void>> step, Processes processes, AtomicBoolean failed) {
        if (cancelled.getAsBoolean() || failed.get()) {
            throw new CancellationException("The generation is no longer built");
        }
        alone(
                        generation,
                        processes,
                        connection ->
                                whileWanted(connection, hold.apply(connection).chain(() -> step.apply(connection))))
                .onFailure()
                .invoke(() -> failed.set(true))
                .await()
                .indefinitely();
    }

    /** An index of a large table takes its time: what PostgreSQL is at is stopped, too. */
    private Uni<Void> whileWanted(SqlConnection connection, Uni<Void> work) {
        return Uni.createFrom().deferred(() -> {
            AtomicReference<Uni<Void>> stopping = new AtomicReference<>(DONE);
            Cancellable looking = Ticks.every(LOOK, () -> {
                if (cancelled.getAsBoolean()) {
                    stopping.set(stop(connection).memoize().indefinitely());
                }
                return stopping.get();
            });
            return work.eventually(() -> {
                        looking.cancel();
                        // so that it need not come to what is said next on this connection
                        return stopping.get().onFailure().recoverWithNull();
                    })
                    .onFailure(failure -> cancelled.getAsBoolean() && isStopped(failure))
                    .transform(stopped -> new CancellationException("The generation is no longer built"));
        });
    }

    private static Uni<Void> stop(SqlConnection connection) {
        return UniHelper.toUni(PgConnection.cast(connection.getDelegate()).cancelRequest());
    }

    private static boolean isStopped(Throwable failure) {
        return failure instanceof PgException refused && "57014".equals(refused.getSqlState());
    }

    /**
     * Work that takes as long as it takes, with what memory and processors it can use, on a connection that is patient. Only on what
     * belongs to a generation that nobody reads: {@link ViewTransactions#UNFLUSHED}.
     */
    static <T> Uni<T> inTransaction(
            SqlConnection connection, String schema, Processes processes, Supplier<Uni<T>> work) {
        return in("BEGIN", connection, schema, processes, work);
    }

    /** The same, where all statements see what was there when it began. */
    static <T> Uni<T> inSnapshot(SqlConnection connection, String schema, Supplier<Uni<T>> work) {
        return in("BEGIN ISOLATION LEVEL REPEATABLE READ", connection, schema, Processes.SEVERAL, work);
    }

    private static <T> Uni<T> in(
            String begin, SqlConnection connection, String schema, Processes processes, Supplier<Uni<T>> work) {
        Patience.whileAtWork(connection);
        return Sql.run(
                        connection,
                        List.of(
                                begin,
                                "SET LOCAL statement_timeout = 0",
                                "SET LOCAL lock_timeout = 0",
                                ViewTransactions.UNFLUSHED,
                                NOTICE_DEATH,
                                "SET LOCAL search_path = %s".formatted(schema),
                                MORE_MEMORY,
                                processes.setting))
                .chain(work::get)
                .call(() -> Sql.run(connection, "COMMIT"))
                .onFailure()
                .call(() -> Sql.run(connection, "ROLLBACK").onFailure().recoverWithNull());
    }

    /** Does the same on a connection that nobody else has. */
    static <T> Uni<T> alone(ViewSchema generation, Processes processes, Function<SqlConnection, Uni<T>> work) {
        return generation.pool().getConnection().flatMap(connection -> inTransaction(
                        connection, generation.name(), processes, () -> work.apply(connection))
                .eventually(() -> {
                    Patience.asUsual(connection);
                    return connection.close();
                }));
    }
}
