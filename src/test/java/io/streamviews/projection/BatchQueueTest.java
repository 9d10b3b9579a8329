package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.PartitionLog;
import io.streamviews.projection.generation.Generation;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchQueueTest {

    private static final int PARTITION = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Generation generation;
    private UserRecords users;
    private Assignment assignment;
    private BatchQueue queue;
    private volatile boolean exhausted;

    @BeforeEach
    void takePartitionOver() {
        generation = new Generation();
        users = new UserRecords(generation.topics.userEvents(), PARTITION);
        ViewTransactions transactions = new ViewTransactions(generation.pool, PATIENCE);
        Positions positions = new Positions(transactions, generation.schema, "test");
        TopicPartition partition = new TopicPartition(users.topic(), PARTITION);
        assignment = new Assignment();
        positions
                .takeOver(
                        List.of(partition),
                        1,
                        asked -> Uni.createFrom().item(List.of(new PartitionLog(partition, "topic", 0, 1_000, null))),
                        stored -> null)
                .await()
                .indefinitely()
                .forEach(assignment::takenOver);
        List<BaseView<?>> views = List.of(new ExhaustibleView<>(generation.views.get(0)));
        queue = new BatchQueue(
                PARTITION,
                Map.of(users.topic(), assignment),
                new BatchWriter(transactions, generation.schema, views, positions),
                new WriteFailures(Clock.systemUTC()),
                ProjectionInstance.config(Map.of()),
                new ProjectionMetrics(new SimpleMeterRegistry()));
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    @Test
    void nothingIsWrittenPastARecordThatAnErrorKeptOut() {
        queue.add(users.created(0, 1, "a"));
        await().atMost(PATIENCE).until(() -> generation.tables.position() == 1);

        exhausted = true;
        assertThatThrownBy(() -> queue.add(users.created(1, 2, "b"))).isInstanceOf(OutOfMemoryError.class);
        exhausted = false;
        queue.add(users.created(2, 3, "c"));
        queue.close();

        assertThat(queue.failure()).isInstanceOf(OutOfMemoryError.class);
        assertThat(generation.tables.position()).isEqualTo(1);
    }

    /** A view whose reading exhausts the heap when the test says so. */
    private final class ExhaustibleView<E> implements BaseView<E> {
        private final BaseView<E> view;

        private ExhaustibleView(BaseView<E> view) {
            this.view = view;
        }

        @Override
        public String topic() {
            return view.topic();
        }

        @Override
        public String table() {
            return view.table();
        }

        @Override
        public Column<E> key() {
            return view.key();
        }

        @Override
        public List<Column<E>> columns() {
            return view.columns();
        }

        @Override
        public Change<E> read(byte[] key, byte[] value) {
            if (exhausted) {
                throw new OutOfMemoryError("as if");
            }
            return view.read(key, value);
        }
    }
}
