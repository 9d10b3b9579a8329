package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A log of random user events that a test writes to Kafka, with good events, deletions, tombstones and rubbish in it;
 * knows what folding it gives.
 */
final class UserLog implements AutoCloseable {

    private static final int DEPARTMENTS = 7;

    private final UserRecords records;
    private final KafkaProducer<byte[], byte[]> producer;
    private final SplittableRandom random = new SplittableRandom(7);
    private final int users;
    private final Map<Long, Long> versions = new TreeMap<>();
    private final Map<Long, String> departments = new TreeMap<>();
    private long events;
    private long deadLetters;

    UserLog(String bootstrapServers, String topic, int users) {
        this.records = new UserRecords(topic, 0);
        this.users = users;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "delivery.timeout.ms", 300_000, "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Appends events of random users; returns when the broker has them. */
    synchronized void append(int count) {
        for (int i = 0; i < count; i++) {
            send(next(random.nextInt(users) + 1));
        }
        producer.flush();
    }

    private SourceRecord next(long id) {
        long version = versions.merge(id, 1L, Long::sum);
        switch (random.nextInt(20)) {
            case 0 -> {
                departments.remove(id);
                return records.deleted(0, id, version);
            }
            case 1 -> {
                departments.remove(id);
                return records.raw(0, Long.toString(id), null);
            }
            case 2 -> {
                deadLetters++;
                return records.raw(0, Long.toString(id), ("rubbish " + version).getBytes(UTF_8));
            }
            default -> {
                String department = "d" + random.nextInt(DEPARTMENTS);
                departments.put(id, department);
                return records.updated(0, id, department, version);
            }
        }
    }

    private void send(SourceRecord record) {
        events++;
        producer.send(new ProducerRecord<>(record.topic(), record.key(), record.value()));
    }

    long events() {
        return events;
    }

    long deadLetters() {
        return deadLetters;
    }

    /** The users there are after all events, with their departments. */
    Map<Long, String> fold() {
        return departments;
    }

    @Override
    public void close() {
        producer.close();
    }
}
