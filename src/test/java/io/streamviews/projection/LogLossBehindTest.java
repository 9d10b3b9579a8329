package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.generation.Generation;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Who reads again from further back than the views are finds out as well that the log is another one from some point on. */
class LogLossBehindTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, Object> KAFKA =
            Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers());

    @Test
    void whatStandsWhereOtherRecordsWereReadIsAppliedAndTheLossIsRecorded() throws Exception {
        try (Generation generation = new Generation();
                Admin admin = Admin.create(KAFKA)) {
            generation.createTopics();
            OrderRecords records = new OrderRecords(generation.orders(), 0);
            FaultyTopic topic = new FaultyTopic(admin, generation.orders(), Generation.PARTITIONS);
            send(LongStream.rangeClosed(1, 3_000), id -> records.created(0, id, "a"));
            try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
                awaitOrders(generation, 3_000);
            }
            // Whoever is killed has committed less to Kafka than it has written.
            topic.commitBeginning(generation.schema);

            topic.loseTheEnd();
            // Of what was lost the last comes first: at an earlier place than before.
            send(LongStream.range(0, 1_000).map(i -> 3_000 - i), id -> records.created(0, id, "b"));
            send(LongStream.rangeClosed(3_001, 9_000), id -> records.created(0, id, "c"));

            try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
                awaitOrders(generation, 9_000);
            }
            assertThat(generation.value("SELECT count(*) FROM %s.order_view WHERE country = 'b'"))
                    .isEqualTo(1_000L);
            assertThat(Lost.in(generation, "TRUNCATED")).hasSize(Generation.PARTITIONS);
            assertThat(generation.derivedViewErrors()).isZero();
        }
    }

    private static void send(LongStream ids, LongFunction<TopicRecord> event) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(KAFKA, new ByteArraySerializer(), new ByteArraySerializer())) {
            ids.mapToObj(event)
                    .forEach(record ->
                            producer.send(new ProducerRecord<>(record.topic(), record.key(), record.value())));
        }
    }

    private static void awaitOrders(Generation generation, long count) {
        await("Orders").atMost(PATIENCE).until(() -> generation
                .value("SELECT count(*) FROM %s.order_view")
                .equals(count));
    }
}
