package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
public final class UserLog implements AutoCloseable {

    private static final int DEPARTMENTS = 7;
    private static final int MAX_EVENT_BYTES = 32 * 1024 * 1024;

    private final UserRecords records;
    private final KafkaProducer<byte[], byte[]> producer;
    private final SplittableRandom random = new SplittableRandom(7);
    private final int users;
    private final Map<Long, Long> versions = new TreeMap<>();
    private final Map<Long, User> present = new TreeMap<>();
    private final List<BadEvent> badEvents = new ArrayList<>();
    private long events;

    public UserLog(String bootstrapServers, String topic, int users) {
        this.records = new UserRecords(topic, 0);
        this.users = users;
        this.producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "delivery.timeout.ms",
                        300_000,
                        "linger.ms",
                        5,
                        "max.request.size",
                        MAX_EVENT_BYTES),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Appends events of random users; returns when the broker has them. */
    public synchronized void append(int count) {
        for (int i = 0; i < count; i++) {
            send(next(random.nextInt(users) + 1));
        }
        producer.flush();
    }

    /** Appends an event that changes one user for certain; returns when the broker has it. */
    synchronized void update(long id) {
        send(updated(id, versions.merge(id, 1L, Long::sum), "changed"));
        producer.flush();
    }

    /** Appends an event that cannot be applied; returns when the broker has it. */
    synchronized void bad(long id, String payload) {
        send(unreadable(id, payload));
        producer.flush();
    }

    private TopicRecord next(long id) {
        long version = versions.merge(id, 1L, Long::sum);
        switch (random.nextInt(20)) {
            case 0 -> {
                present.remove(id);
                return records.deleted(0, id, version);
            }
            case 1 -> {
                present.remove(id);
                return records.raw(0, Long.toString(id), null);
            }
            case 2 -> {
                return unreadable(id, "rubbish " + version);
            }
            default -> {
                return updated(id, version, "d" + random.nextInt(DEPARTMENTS));
            }
        }
    }

    private TopicRecord unreadable(long id, String payload) {
        byte[] bytes = payload.getBytes(UTF_8);
        badEvents.add(new BadEvent(Long.toString(id), md5(bytes)));
        return records.raw(0, Long.toString(id), bytes);
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private TopicRecord updated(long id, long version, String department) {
        present.put(id, new User(department, version));
        return records.updated(0, id, department, version);
    }

    private void send(TopicRecord record) {
        events++;
        producer.send(new ProducerRecord<>(record.topic(), record.key(), record.value()));
    }

    synchronized long events() {
        return events;
    }

    /** The users there are after all events. */
    synchronized Map<Long, User> users() {
        return new TreeMap<>(present);
    }

    /** The events that cannot be applied. */
    synchronized List<BadEvent> badEvents() {
        return List.copyOf(badEvents);
    }

    @Override
    public void close() {
        producer.close();
    }

    record User(String department, long version) {}

    record BadEvent(String key, String payloadMd5) {}
}
