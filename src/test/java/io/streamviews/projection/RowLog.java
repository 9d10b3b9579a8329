package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A log of random events of rows that a test writes to Kafka, with good events, deletions, tombstones and rubbish in it;
 * knows what folding it gives.
 */
public final class RowLog implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TEXTS = 7;
    private static final int MAX_EVENT_BYTES = 32 * 1024 * 1024;

    private final RowRecords records;
    private final KafkaProducer<byte[], byte[]> producer;
    private final SplittableRandom random = new SplittableRandom(7);
    private final int rows;
    private final Map<Long, Long> versions = new TreeMap<>();
    private final Map<Long, RowState> present = new TreeMap<>();
    private final List<BadEvent> badEvents = new ArrayList<>();
    private long events;

    /** @param rows that the events are of, at most */
    public RowLog(String bootstrapServers, RowRecords records, int rows) {
        this.records = records;
        this.rows = rows;
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

    /** Appends events of random rows; returns when the broker has them. */
    public synchronized void append(int count) {
        for (int i = 0; i < count; i++) {
            send(next(random.nextInt(rows) + 1));
        }
        producer.flush();
    }

    /** Appends an event that changes one row for certain; returns when the broker has it. */
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
                return updated(id, version, "d" + random.nextInt(TEXTS));
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

    private TopicRecord updated(long id, long version, String text) {
        present.put(id, new RowState(text, version));
        return records.updated(0, id, text, version);
    }

    private void send(TopicRecord record) {
        events++;
        producer.send(new ProducerRecord<>(record.topic(), record.key(), record.value()));
    }

    synchronized long events() {
        return events;
    }

    /** The rows there are after all events. */
    private synchronized Map<Long, RowState> rows() {
        return new TreeMap<>(present);
    }

    /** The events that cannot be applied. */
    private synchronized List<BadEvent> badEvents() {
        return List.copyOf(badEvents);
    }

    /** Waits until views have read all of it; then every row, every sum and every dead letter must be right. */
    public void awaitFoldIn(ViewTables views) {
        await("The views' position").atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(
                        views.position())
                .isEqualTo(events()));
        Map<Long, RowState> found = new TreeMap<>();
        views.query(records.rows())
                .forEach(row -> found.put(row.getLong(0), new RowState(row.getString(1), row.getLong(2))));
        assertThat(found).isEqualTo(rows());
        assertThat(views.derivedViewErrors()).isZero();
        assertThat(views.query("SELECT convert_from(key, 'UTF8'), md5(payload) FROM %s.dead_letter"))
                .extracting(row -> new BadEvent(row.getString(0), row.getString(1)))
                .hasSameSizeAs(badEvents())
                .allMatch(new HashSet<>(badEvents())::remove, "is one of the bad events, once");
    }

    @Override
    public void close() {
        producer.close();
    }

    private record RowState(String text, long version) {}

    private record BadEvent(String key, String payloadMd5) {}
}
