package io.streamviews.cdc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.kafka.Partitions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What both topics have, beside what the log says must be there: under each topic, partition and key the payloads, in order.
 *
 * @param records as they stand in the topics
 * @param headers of all records together, but for those without a value
 */
record TopicRecords(Map<String, List<String>> records, List<String> headers) {

    private static final int PARTITIONS = 6;
    private static final String LOG =
            "SELECT aggregate_type, message_key, payload::text FROM public.event_log ORDER BY id";

    static TopicRecords read(String bootstrapServers) {
        Map<String, List<String>> records = new LinkedHashMap<>();
        List<String> headers = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (String topic : List.of("user-events", "post-events")) {
                consumer.partitionsFor(topic).forEach(info -> all.add(new TopicPartition(topic, info.partition())));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    for (Header header : record.headers()) {
                        if (header.value() != null) {
                            headers.add(header.key() + "=" + new String(header.value(), UTF_8));
                        }
                    }
                    records.computeIfAbsent(
                                    place(record.topic(), record.partition(), new String(record.key(), UTF_8)),
                                    place -> new ArrayList<>())
                            .add(new String(record.value(), UTF_8));
                }
            }
        }
        return new TopicRecords(records, headers);
    }

    /** What our relay would publish: by its own rule for partitions, byte for byte. */
    static Map<String, List<String>> ofLog(Connection connection) throws SQLException {
        Map<String, List<String>> log = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(LOG)) {
            while (rows.next()) {
                String key = rows.getString(2);
                log.computeIfAbsent(
                                place(rows.getString(1) + "-events", Partitions.of(key, PARTITIONS), key),
                                place -> new ArrayList<>())
                        .add(rows.getString(3));
            }
        }
        return log;
    }

    int size() {
        return records.values().stream().mapToInt(List::size).sum();
    }

    /** Each record where it stood first. */
    Map<String, List<String>> withoutDoubles() {
        Map<String, List<String>> once = new LinkedHashMap<>();
        records.forEach((place, values) -> once.put(place, List.copyOf(new LinkedHashSet<>(values))));
        return once;
    }

    private static String place(String topic, int partition, String key) {
        return "%s-%d under %s".formatted(topic, partition, key);
    }
}
