package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.kafka.LogOffsets;
import io.streamviews.projection.generation.Generation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A Kafka transaction that does not end. */
class OpenTransactionsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LogLines lines = LogLines.listen();

    @AfterEach
    void close() {
        lines.close();
    }

    @Test
    void whatItHoldsBackIsSaidOnceAndUntilItHasEnded() throws Exception {
        try (Generation generation = new Generation()) {
            generation.createTopics();
            Map<String, Object> kafka = Map.of(
                    "bootstrap.servers",
                    generation.servers.get("kafka.bootstrap.servers"),
                    "transactional.id",
                    generation.schema);
            TopicPartition partition = new TopicPartition(generation.orders(), 1);
            OpenTransactions transactions = new OpenTransactions(Duration.ZERO);
            try (Admin admin = Admin.create(kafka);
                    KafkaProducer<byte[], byte[]> producer =
                            new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer())) {
                LogOffsets offsets = new LogOffsets(admin);
                producer.initTransactions();
                producer.beginTransaction();
                for (int i = 0; i < 3; i++) {
                    producer.send(new ProducerRecord<>(partition.topic(), 1, null, new byte[0]));
                }
                producer.flush();

                look(transactions, offsets, partition);
                look(transactions, offsets, partition);
                assertThat(transactions.heldBack()).isEqualTo(3);
                assertThat(lines.at(Level.WARNING))
                        .singleElement()
                        .asString()
                        .contains(partition.toString(), "open at offset 0", "3 offsets");

                producer.commitTransaction();
                await().atMost(PATIENCE).untilAsserted(() -> {
                    look(transactions, offsets, partition);
                    assertThat(transactions.heldBack()).isZero();
                });
            }
        }
    }

    private static void look(OpenTransactions transactions, LogOffsets offsets, TopicPartition partition) {
        transactions.look(offsets.ends(List.of(partition)), offsets.veryEnds(List.of(partition)));
    }
}
