package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.streamviews.projection.generation.Generation;
import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import io.streamviews.source.TableColumn;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchQueueTest {

    private static final int PARTITION = 1;
    /** As the orders', but for a column that is read from a header. */
    private static final String DECLARATION =
            """
            {"columns": {"order_id": "key", "country": "header/country"}, "envelope": "streamviews", "root": "/order",
             "keyFormat": "text"}
            """;

    private static final List<TableColumn> COLUMNS = List.of(
            new TableColumn("order_id", "bigint", "int8", -1, true, false),
            new TableColumn("country", "text", "text", -1, false, false));

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Generation generation;
    private OrderRecords orders;
    private Assignment assignment;
    private BatchQueue queue;
    private volatile Duration spacing = Duration.ZERO;

    @BeforeEach
    void takePartitionOver() {
        generation = new Generation();
        orders = new OrderRecords(generation.orders(), PARTITION);
        ViewTransactions transactions = new ViewTransactions(generation.tables.pool, PATIENCE);
        Positions positions = new Positions(transactions, generation.schema, "test");
        TopicPartition partition = new TopicPartition(orders.topic(), PARTITION);
        assignment = new Assignment();
        positions
                .takeOver(List.of(partition), 1, FixedLogs.of(partition, "topic", 1_000), stored -> null)
                .await()
                .indefinitely()
                .forEach(assignment::takenOver);
        List<BaseView> views =
                List.of(BaseView.of("order_view", orders.topic(), COLUMNS, List.of("order_id"), DECLARATION));
        queue = new BatchQueue(
                PARTITION,
                Map.of(orders.topic(), assignment),
                new Batching(
                        () -> new BatchWriter(transactions, generation.schema, views, positions),
                        new WriteFailures(Clock.systemUTC()),
                        ProjectionInstance.config(Map.of()),
                        new ProjectionMetrics(new SimpleMeterRegistry()),
                        () -> spacing));
    }

    @AfterEach
    void drop() {
        queue.close();
        generation.close();
    }

    @Test
    void nothingIsWrittenPastARecordThatAnErrorKeptOut() {
        queue.add(orders.created(0, 1, "a"));
        await().atMost(PATIENCE).until(() -> generation.tables.position() == 1);

        assertThatThrownBy(() -> queue.add(exhausting(orders.created(1, 2, "b"))))
                .isInstanceOf(OutOfMemoryError.class);
        queue.add(orders.created(2, 3, "c"));
        queue.close();

        assertThat(queue.failure()).isInstanceOf(OutOfMemoryError.class);
        assertThat(generation.tables.position()).isEqualTo(1);
    }

    @Test
    void whatIsNotWrittenIsCountedUntilItIsOrTheQueueIsClosed() throws Exception {
        TopicRecord record = orders.created(0, 1, "a");
        try (OpenTransaction others = generation.transaction()) {
            others.run("LOCK TABLE %s.order_view IN SHARE MODE");
            queue.add(record);
            assertThat(assignment.unwritten()).isEqualTo(record.message().size());
        }
        await().atMost(PATIENCE).until(() -> assignment.unwritten() == 0);
        assertThat(generation.tables.position()).isEqualTo(1);

        try (OpenTransaction others = generation.transaction()) {
            others.run("LOCK TABLE %s.order_view IN SHARE MODE");
            queue.add(orders.created(1, 2, "b"));
            queue.close();
            assertThat(assignment.unwritten()).isZero();
        }
    }

    @Test
    void nothingIsFetchedBehindABatchWhoseHeadersAreLarge() throws Exception {
        try (OpenTransaction others = generation.transaction()) {
            others.run("LOCK TABLE %s.order_view IN SHARE MODE");
            queue.add(orders.created(0, 1, "a"));
            queue.add(with(orders.created(1, 2, "b"), new RecordHeaders().add("large", new byte[5_000_000])));

            assertThat(assignment.isHeldBack()).isTrue();
        }
    }

    @Test
    void batchesAreAsFarApartAsTheyAreToldToBeAndOneThatComesAfterARestWaitsForNothing() {
        spacing = Duration.ofSeconds(4);
        long start = System.nanoTime();
        queue.add(orders.created(0, 1, "a"));
        await().atMost(PATIENCE).until(() -> generation.tables.position() == 1);
        assertThat(since(start)).isLessThan(spacing.dividedBy(2));

        queue.add(orders.created(1, 2, "b"));
        queue.add(orders.created(2, 3, "c"));
        await().atMost(PATIENCE).until(() -> generation.tables.position() > 1);

        assertThat(generation.tables.position()).isEqualTo(3);
        assertThat(since(start)).isGreaterThanOrEqualTo(spacing);
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Test
    void aRecordThatPostgresqlRefusesIsReadOnNoEventLoop() {
        generation.query("ALTER TABLE %s.order_view ADD CHECK (country <> 'refused')");
        Set<String> readers = ConcurrentHashMap.newKeySet();
        Headers headers = new RecordHeaders(new Header[] {new RecordHeader("country", "refused".getBytes(UTF_8))}) {
            @Override
            public Header lastHeader(String key) {
                readers.add(Thread.currentThread().getName());
                return super.lastHeader(key);
            }
        };

        queue.add(with(orders.created(0, 1, "a"), headers));
        await().atMost(PATIENCE).until(() -> generation.tables.position() == 1);

        assertThat(generation.query("SELECT FROM %s.dead_letter")).hasSize(1);
        assertThat(readers).noneMatch(thread -> thread.contains("eventloop"));
    }

    /** One whose headers exhaust the heap, when somebody looks at them. */
    private TopicRecord exhausting(TopicRecord record) {
        Headers headers = new RecordHeaders(new Header[] {new RecordHeader("country", new byte[0])}) {
            @Override
            public Header lastHeader(String key) {
                throw new OutOfMemoryError("as if");
            }
        };
        return with(record, headers);
    }

    private static TopicRecord with(TopicRecord record, Headers headers) {
        Message message = new Message(
                record.key(), record.value(), headers, record.message().timestamp());
        return new TopicRecord(record.topic(), record.partition(), record.offset(), record.place(), message);
    }
}
