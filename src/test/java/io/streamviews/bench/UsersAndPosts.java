package io.streamviews.bench;

import io.streamviews.post.PostData;
import io.streamviews.post.PostEvent;
import io.streamviews.user.UserEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Topics with users, and with posts that they wrote in the last two months. */
final class UsersAndPosts {

    private static final int DAYS = 60;
    private static final int STEP = 7;

    private UsersAndPosts() {}

    static KafkaProducer<String, String> producer(BenchServers servers) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        servers.bootstrapServers(),
                        "linger.ms",
                        5,
                        "compression.type",
                        "lz4",
                        "batch.size",
                        131_072),
                new StringSerializer(),
                new StringSerializer());
    }

    /** Returns when the broker has all of them; every user has about as many posts as the others. */
    static void send(KafkaProducer<String, String> producer, int users, int posts) {
        new UserEvents(users, 0)
                .forEach(event -> producer.send(new ProducerRecord<>(
                        "user-events", Long.toString(event.userId()), UserEvent.CODEC.encode(event))));
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        for (int id = 1; id <= posts; id++) {
            long author = (long) id * STEP % users + 1;
            Instant created = now.minus(id % DAYS, ChronoUnit.DAYS);
            PostData post =
                    new PostData(id, "Post number " + id, "What number " + id + " says", author, created, created);
            producer.send(new ProducerRecord<>(
                    "post-events",
                    Long.toString(author),
                    PostEvent.CODEC.encode(new PostEvent(PostEvent.Type.POST_CREATED, id, post, now, 1))));
        }
        producer.flush();
    }
}
