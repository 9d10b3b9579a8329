package io.streamviews.chaos;

import io.streamviews.user.UserData;
import io.streamviews.user.UserEvent;
import io.streamviews.user.UserStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Other teams' producers on the same topics: they have users of their own, whom they erase by Kafka tombstones and bring
 * back, write what is no event under anybody's key, and use transactions, which they do not all commit.
 */
final class Foreigners implements AutoCloseable {

    private static final int EVERY_MS = 250;
    private static final int PATIENCE_SECONDS = 12;
    private static final int USERS = 40;
    private static final int MOST_TOGETHER = 5;

    private final Cluster cluster;
    private final Journal journal;
    private final List<Operation> operations;
    private final Random random;
    private final Map<Long, Long> versions = new HashMap<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final KafkaProducer<byte[], byte[]> plain;
    private KafkaProducer<byte[], byte[]> transactional;

    Foreigners(Cluster cluster, Journal journal, Settings settings) {
        this.cluster = cluster;
        this.journal = journal;
        this.random = new Random(settings.seed() + 2);
        this.operations = List.of(Operation.TOMBSTONE, Operation.POISON, Operation.TRANSACTION).stream()
                .filter(settings::does)
                .toList();
        this.plain = producer(Map.of());
    }

    void start() {
        if (!operations.isEmpty()) {
            thread.scheduleWithFixedDelay(this::step, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void step() {
        try {
            switch (operations.get(random.nextInt(operations.size()))) {
                case TOMBSTONE -> plain.send(userOrTombstone()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                case POISON -> plain.send(poison()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                default -> transaction();
            }
        } catch (ExecutionException | TimeoutException | KafkaException away) {
            // what has come in is in the archive
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            journal.say("another producer: %s", e);
        }
    }

    private ProducerRecord<byte[], byte[]> userOrTombstone() {
        long id = Archive.FOREIGN + random.nextInt(USERS);
        return random.nextInt(4) == 0 ? new ProducerRecord<>(cluster.userEvents, key(id), null) : user(id);
    }

    private ProducerRecord<byte[], byte[]> user(long id) {
        long version = versions.merge(id, 1L, Long::sum);
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        String name = "foreign-%d-%d".formatted(id, version);
        UserData user = new UserData(id, name, "f@example.com", "abroad", UserStatus.ACTIVE, now, now);
        UserEvent event = new UserEvent(UserEvent.Type.USER_UPDATED, id, user, now, version);
        return new ProducerRecord<>(
                cluster.userEvents, key(id), UserEvent.CODEC.encode(event).getBytes(StandardCharsets.UTF_8));
    }

    /** Under keys of users that there are, too. */
    private ProducerRecord<byte[], byte[]> poison() {
        byte[] value = "%s %d {".formatted(Archive.POISON, random.nextLong()).getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(cluster.topics().get(random.nextInt(2)), key(1 + random.nextInt(USERS)), value);
    }

    /** Its users are its own, so that the order of two producers is not at stake. */
    private void transaction() {
        transaction(1 + random.nextInt(MOST_TOGETHER), random.nextInt(3) != 0);
    }

    private void transaction(int size, boolean commit) {
        try {
            if (transactional == null) {
                transactional = producer(Map.of("transactional.id", cluster.name, "transaction.timeout.ms", 10_000));
                transactional.initTransactions();
            }
            transactional.beginTransaction();
            for (int i = 0; i < size; i++) {
                transactional.send(user(Archive.FOREIGN + USERS + random.nextInt(USERS)));
            }
            if (commit) {
                transactional.commitTransaction();
            } else {
                transactional.flush();
                transactional.abortTransaction();
            }
        } catch (KafkaException broken) {
            transactional.close(Duration.ZERO);
            transactional = null;
        }
    }

    private static byte[] key(long id) {
        return Long.toString(id).getBytes(StandardCharsets.UTF_8);
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", Cluster.SERVERS.getBootstrapServers());
        settings.put("max.block.ms", 5_000);
        settings.put("request.timeout.ms", 5_000);
        settings.put("delivery.timeout.ms", 10_000);
        settings.put("reconnect.backoff.max.ms", 500);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void close() throws InterruptedException {
        thread.shutdown();
        thread.awaitTermination(2L * PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (operations.contains(Operation.TRANSACTION)) {
            // the last offsets of the partitions are markers then, and no records
            transaction(USERS, true);
        }
        plain.close();
        if (transactional != null) {
            transactional.close(Duration.ZERO);
        }
    }
}
