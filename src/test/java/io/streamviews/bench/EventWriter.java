package io.streamviews.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** Writes events of users into the log as commands do: many in a transaction, or one in each at a steady rate. */
final class EventWriter {

    private static final int WRITERS = 8;
    private static final int BATCH = 1_000;

    private static final String APPEND =
            """
            INSERT INTO public.event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)
            SELECT 'user', id, 1, 'USER_CREATED', id::text,
                   format('{"eventType":"USER_CREATED","userId":%1$s,"user":{"id":%1$s,"name":"User number %1$s",'
                          '"email":"user%1$s@example.com","department":"Department %2$s","status":"ACTIVE",'
                          '"createdAt":"2026-11-28T21:00:00.123456Z","updatedAt":"2026-11-28T21:00:00.123456Z"},'
                          '"timestamp":"2026-11-28T21:00:00.123456Z","version":1}', id, id % 20)::json
              FROM generate_series(?::bigint, ?::bigint) AS id
            """;

    private final BenchServers servers;

    EventWriter(BenchServers servers) {
        this.servers = servers;
    }

    /** Of users {@code first} and those that follow. */
    void fill(long first, int events) throws SQLException {
        try (Connection connection = servers.connect();
                PreparedStatement append = connection.prepareStatement(APPEND)) {
            for (long from = first; from < first + events; from += BATCH) {
                append(append, from, Math.min(from + BATCH, first + events) - 1);
            }
        }
    }

    /**
     * Likewise, one in a transaction, and wakes the relay behind them, once at a time.
     *
     * @param sentAt is told the {@link System#nanoTime} at which each was sent to PostgreSQL
     */
    void write(long first, int events, int rate, AtomicLongArray sentAt) throws InterruptedException {
        Semaphore written = new Semaphore(0);
        Thread waker = new Thread(() -> wake(written), "waker");
        waker.start();
        long start = System.nanoTime();
        Thread[] writers = new Thread[WRITERS];
        for (int w = 0; w < WRITERS; w++) {
            int own = w;
            writers[w] = new Thread(
                    () -> {
                        try (Connection connection = servers.connect();
                                PreparedStatement append = connection.prepareStatement(APPEND)) {
                            for (int i = own; i < events; i += WRITERS) {
                                await(start + i * 1_000_000_000L / rate);
                                sentAt.set(i, System.nanoTime());
                                append(append, first + i, first + i);
                                written.release();
                            }
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    "writer-" + w);
            writers[w].start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        waker.interrupt();
        waker.join();
    }

    private static void append(PreparedStatement append, long from, long to) throws SQLException {
        append.setLong(1, from);
        append.setLong(2, to);
        append.executeUpdate();
    }

    private static void await(long nanoTime) {
        for (long rest = nanoTime - System.nanoTime(); rest > 0; rest = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(rest);
        }
    }

    private void wake(Semaphore written) {
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement()) {
            while (true) {
                written.acquire();
                written.drainPermits();
                statement.execute("NOTIFY event_log");
            }
        } catch (InterruptedException over) {
            // all has been written
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
