package io.streamviews.admin;

import io.streamviews.admin.TopicExtents.Extent;
import io.streamviews.kafka.Readers;
import io.streamviews.postgres.Reason;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Reads partitions up to their ends and writes each batch to the client before it reads the next, so that it holds one
 * batch however slow the client is. It ends with the partitions, with the client, or, by hanging up, with the broker: an
 * answer that ends in good order is whole.
 */
final class RecordReading {

    private static final Logger LOG = Logger.getLogger(RecordReading.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final Map<String, Object> SETTINGS = Map.of(
            // what was there is gone by now: go on with what there is
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            // a record may be a megabyte, and a batch is compressed
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            20,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            256 << 10,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
            1 << 20);

    private final RecordsClient client;
    private final Map<TopicPartition, Extent> extents = new HashMap<>();
    private final Map<String, Object> kafka;
    private final Function<ConsumerRecord<byte[], byte[]>, String> line;
    private final Context context = Vertx.currentContext();
    private KafkaConsumer<byte[], byte[]> consumer;
    private long lastProgress = System.nanoTime();

    /** @param line of a record; null if it is not to be shown. May block */
    RecordReading(
            RecordsClient client,
            String topic,
            List<Extent> extents,
            Map<String, Object> kafka,
            Function<ConsumerRecord<byte[], byte[]>, String> line) {
        this.client = client;
        extents.forEach(extent -> {
            if (extent.from() < extent.end()) {
                this.extents.put(new TopicPartition(topic, extent.partition()), extent);
            }
        });
        this.kafka = kafka;
        this.line = line;
    }

    /** On the request's event loop. */
    void start() {
        context.executeBlocking(this::open).onComplete(opened -> {
            if (opened.succeeded()) {
                next();
            } else {
                end(opened.cause());
            }
        });
    }

    private void next() {
        if (client.isGone() || extents.isEmpty()) {
            end(null);
            return;
        }
        context.executeBlocking(this::poll).onComplete(read -> {
            if (read.failed()) {
                end(read.cause());
            } else {
                client.give(read.result(), this::next);
            }
        });
    }

    private Void open() {
        consumer = Readers.open(kafka, SETTINGS);
        consumer.assign(extents.keySet());
        extents.forEach((partition, extent) -> consumer.seek(partition, extent.from()));
        return null;
    }

    /** The next batch's lines; forgets the partitions that have been read to their ends. */
    private Buffer poll() throws TimeoutException {
        Buffer lines = Buffer.buffer();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.offset()
                    < extents.get(new TopicPartition(record.topic(), record.partition()))
                            .end()) {
                String told = line.apply(record);
                if (told != null) {
                    lines.appendString(told).appendByte((byte) '\n');
                }
            }
        }
        boolean ended = extents.entrySet()
                .removeIf(each ->
                        consumer.position(each.getKey()) >= each.getValue().end());
        if (ended) {
            consumer.assign(extents.keySet());
        }
        if (ended || !records.isEmpty()) {
            lastProgress = System.nanoTime();
        } else if (System.nanoTime() - lastProgress > PATIENCE_NANOS) {
            throw new TimeoutException("Kafka has sent no record for %d s".formatted(PATIENCE_NANOS / 1_000_000_000));
        }
        return lines;
    }

    /** @param failure null if all has been read, or the client is gone */
    private void end(Throwable failure) {
        context.executeBlocking(() -> {
            if (consumer != null) {
                consumer.close();
            }
            return null;
        });
        if (failure != null && !client.isGone()) {
            LOG.warnf("Reading records for a client ended: %s", Reason.of(failure));
            client.breakOff();
        } else {
            client.end();
        }
    }
}
