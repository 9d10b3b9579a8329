package io.streamviews.relay;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.eventlog.Event;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Writers of all kinds at once: nothing is passed over, and each aggregate's events come in the order of its versions. */
class RelayOrderTest extends RelaysAndADatabase {

    private static final int WRITERS = 6;
    private static final int TRANSACTIONS = 300;
    private static final String APPEND =
            """
            INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)
            SELECT 'user', %d, version, 'USER_UPDATED', 'k', '{}' FROM generate_series(%d, %d) AS version
            """;

    @Test
    void nothingIsPassedOverWhoeverWrites() throws Exception {
        execute(database, "CREATE TABLE written_first (x integer)");
        start(new Config(Duration.ofMillis(50), 50, 4_000_000));
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Callable<Long>> writers = IntStream.rangeClosed(1, WRITERS)
                    .<Callable<Long>>mapToObj(aggregate -> () -> write(aggregate))
                    .toList();
            List<Future<Long>> last = threads.invokeAll(writers);
            long written = 0;
            for (Future<Long> each : last) {
                written += each.get();
            }
            long expected = written;
            await().atMost(Duration.ofSeconds(60)).until(() -> published.size() >= expected);

            Map<Long, List<Long>> versions = published.stream()
                    .collect(groupingBy(event -> event.aggregate().id(), mapping(Event::version, toList())));
            for (int i = 0; i < WRITERS; i++) {
                assertThat(versions.get(i + 1L))
                        .isEqualTo(LongStream.rangeClosed(1, last.get(i).get())
                                .boxed()
                                .toList());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** @return the version that it has come to */
    private static long write(int aggregate) throws SQLException {
        Random random = new Random(aggregate);
        long version = 0;
        try (Connection connection = DriverManager.getConnection(url, "postgres", null)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < TRANSACTIONS; i++) {
                int kind = random.nextInt(4);
                if (kind == 1) {
                    execute(connection, "INSERT INTO written_first VALUES (1)");
                }
                if (kind == 2) {
                    execute(connection, "SAVEPOINT first");
                    append(connection, aggregate, version + 1, version + 1);
                    execute(connection, "ROLLBACK TO first");
                }
                long end = version + 1 + random.nextInt(3);
                append(connection, aggregate, version + 1, end);
                if (random.nextInt(4) == 0) {
                    execute(connection, "SELECT pg_sleep(0.01)");
                }
                if (kind == 3) {
                    connection.rollback();
                } else {
                    connection.commit();
                    version = end;
                }
            }
        }
        return version;
    }

    private static void append(Connection connection, int aggregate, long from, long to) throws SQLException {
        execute(connection, APPEND.formatted(aggregate, from, to));
    }
}
