package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.projection.generation.Generation;
import java.time.Duration;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProjectionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Generation generation;
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        Map<String, Object> kafka = Map.of("bootstrap.servers", generation.servers.get("kafka.bootstrap.servers"));
        admin = Admin.create(kafka);
        generation.createTopics();
        producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterEach
    void close() {
        producer.close();
        admin.close();
        generation.close();
    }

    @Test
    void aRestartGoesOnWithinSecondsAndSkipsNothing() {
        createOrders(1, 500, "before");
        try (ProjectionInstance first = ProjectionInstance.start(generation)) {
            awaitOrders(500);
        }
        createOrders(501, 1_000, "after");

        try (ProjectionInstance second = ProjectionInstance.start(generation)) {
            // Far below the session time-out: the first instance has left the group.
            await().atMost(Duration.ofSeconds(10)).until(() -> orderCount() == 1_000);
        }
        assertThat(generation.derivedViewErrors()).isZero();
        assertThat(generation.query("SELECT * FROM %s.dead_letter")).isEmpty();
    }

    @Test
    void offsetsThatKafkaHasAheadOfTheViewDoNotSkipEvents() {
        createOrders(1, 300, "a");
        try (ProjectionInstance first = ProjectionInstance.start(generation)) {
            awaitOrders(300);
        }
        // As after a crash between Kafka's commit and the database's.
        generation.query("DELETE FROM %s.order_view WHERE order_id > 100");
        generation.query("UPDATE %s.projection_position SET next_offset = 0");

        try (ProjectionInstance second = ProjectionInstance.start(generation)) {
            awaitOrders(300);
        }
        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void offsetsResetByAnOperatorBringRowsDeletedByHandBackAndChangeNothingElse() throws Exception {
        createOrders(1, 300, "a");
        try (ProjectionInstance first = ProjectionInstance.start(generation)) {
            awaitOrders(300);
        }
        generation.query("DELETE FROM %s.order_view WHERE order_id <= 50");
        Object untouched = untouched();
        resetOffsetsToEarliest();

        try (ProjectionInstance second = ProjectionInstance.start(generation)) {
            awaitOrders(300);
            await().atMost(PATIENCE).until(() -> generation
                    .value("SELECT sum(next_offset)::bigint FROM %s.projection_position")
                    .equals(300L));
        }
        assertThat(untouched()).isEqualTo(untouched);
        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void aPartitionTakenOverByAnotherIsNotWrittenByTheFormerOwnerAnyMore() {
        createOrders(1, 100, "a");
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitOrders(100);
            // Somebody else takes everything over behind the instance's back, and the view is another one.
            generation.query("UPDATE %s.projection_position SET epoch = epoch + 1, next_offset = 0");
            generation.query("DELETE FROM %s.order_view");
            createOrders(101, 110, "b");

            // Fenced, it takes the partitions over again, and reads from where the new view stands.
            awaitOrders(110);
        }
        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void twoInstancesShareThePartitions() {
        createOrders(1, 1_000, "a");
        try (ProjectionInstance first = ProjectionInstance.start(generation);
                ProjectionInstance second = ProjectionInstance.start(generation)) {
            awaitOrders(1_000);
            createOrders(1_001, 2_000, "b");
            awaitOrders(2_000);
        }
        assertThat(generation.derivedViewErrors()).isZero();
        assertThat(generation.query("SELECT * FROM %s.dead_letter")).isEmpty();
    }

    private void createOrders(long from, long to, String country) {
        OrderRecords records = new OrderRecords(generation.orders(), 0);
        LongStream.rangeClosed(from, to)
                .mapToObj(id -> records.created(0, id, country))
                .forEach(record -> producer.send(new ProducerRecord<>(record.topic(), record.key(), record.value())));
        producer.flush();
    }

    private void resetOffsetsToEarliest() throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(generation.schema)
                .partitionsToOffsetAndMetadata()
                .get();
        committed.replaceAll((partition, offset) -> new OffsetAndMetadata(0));
        admin.alterConsumerGroupOffsets(generation.schema, committed).all().get();
    }

    private Object untouched() {
        return generation.value(
                "SELECT string_agg((o.*)::text, ';' ORDER BY order_id) FROM %s.order_view o WHERE order_id > 50");
    }

    private long orderCount() {
        return (Long) generation.value("SELECT count(*) FROM %s.order_view");
    }

    private void awaitOrders(long count) {
        await().atMost(PATIENCE).until(() -> orderCount() == count);
    }
}
