package io.streamviews.projection;

import io.streamviews.kafka.LogOffsets;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/** Kafka Streams' clients as usual, but for the consumer that reads the events: it resumes from the positions. */
final class ResumingClients implements KafkaClientSupplier {

    private final Positions positions;
    private final Assignments assignments;
    private final WriteFailures troubles;
    private final Shutdown shutdown;
    private final Duration maxPause;
    private volatile LogOffsets offsets;

    ResumingClients(
            Positions positions,
            Assignments assignments,
            WriteFailures troubles,
            Shutdown shutdown,
            Duration maxPause) {
        this.positions = positions;
        this.assignments = assignments;
        this.troubles = troubles;
        this.shutdown = shutdown;
        this.maxPause = maxPause;
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        String group = (String) config.get(ConsumerConfig.GROUP_ID_CONFIG);
        return new ResumingConsumer(
                config,
                assignments,
                shutdown,
                consumer -> new TakeOver(consumer, positions, offsets.ofGroup(group), troubles, maxPause));
    }

    /** Kafka Streams asks for it before any consumer, and closes it after all of them. */
    @Override
    public Admin getAdmin(Map<String, Object> config) {
        Admin admin = Admin.create(config);
        offsets = new LogOffsets(admin);
        return admin;
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return plainConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return plainConsumer(config);
    }

    private static Consumer<byte[], byte[]> plainConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
