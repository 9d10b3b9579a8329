package io.streamviews;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes to {@code user-events} what another producer might: events in the seed's format, and rubbish. */
public final class UserTopic implements AutoCloseable {

    public static final String NAME = "user-events";

    private final KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
            Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers(), "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer());

    /** The place of the event, once the broker has it. */
    public RecordMetadata user(long id, String department, long version) {
        return await(userAsync(id, department, version, ""));
    }

    /** @param padding a field that nobody reads */
    public Future<RecordMetadata> userAsync(long id, String department, long version, String padding) {
        String json =
                """
                {"eventType":"USER_UPDATED","userId":%d,"user":{"id":%d,"name":"n%d","email":"e@example.com",
                "department":"%s","status":"ACTIVE","createdAt":"2025-07-17T06:03:43.792924968",
                "updatedAt":"2025-07-17T06:03:43.793003009"},"timestamp":"2025-07-17T06:03:43.793003009","version":%d,
                "padding":"%s"}
                """
                        .formatted(id, id, id, department, version, padding);
        return send(id, json.getBytes(UTF_8));
    }

    /** Something that is no event, with a user's key. */
    public RecordMetadata rubbish(long id, String text) {
        return await(send(id, text.getBytes(UTF_8)));
    }

    /** The same, and no text either. */
    public RecordMetadata rubbish(long id, byte[] bytes) {
        return await(send(id, bytes));
    }

    private Future<RecordMetadata> send(long id, byte[] value) {
        return producer.send(new ProducerRecord<>(NAME, Long.toString(id).getBytes(UTF_8), value));
    }

    private static RecordMetadata await(Future<RecordMetadata> sent) {
        try {
            return sent.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
