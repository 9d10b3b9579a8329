package io.streamviews.bench;

import io.streamviews.user.UserEvent;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Updates of users at a steady rate, straight to their topic, until it is closed; knows what they add up to. */
final class Updates implements AutoCloseable {

    private final KafkaProducer<String, String> producer;
    private final AtomicIntegerArray versions;
    private final Thread sending;
    private volatile boolean over;
    private volatile long sent;

    Updates(KafkaProducer<String, String> producer, int users, int perSecond) {
        this.producer = producer;
        int[] first = new int[users + 1];
        Arrays.fill(first, 1);
        this.versions = new AtomicIntegerArray(first);
        this.sending = new Thread(() -> send(users, 1_000_000_000L / perSecond), "updates");
        sending.start();
    }

    private void send(int users, long interval) {
        long start = System.nanoTime();
        for (long i = 0; !over; i++) {
            for (long early = start - System.nanoTime(); early + i * interval > 0; early = start - System.nanoTime()) {
                LockSupport.parkNanos(early + i * interval);
            }
            // The few that are read most, and then all others.
            int id = (int) (i % 2 == 0 ? i / 2 % VersionReader.READ : i % users) + 1;
            UserEvent event = UserEvents.stampedUpdate(id, versions.incrementAndGet(id));
            producer.send(new ProducerRecord<>("user-events", Long.toString(id), UserEvent.CODEC.encode(event)));
            sent = i + 1;
        }
        producer.flush();
    }

    long sent() {
        return sent;
    }

    /** The version that a user must have in the end. */
    int version(int id) {
        return versions.get(id);
    }

    /** Returns when the last one is in the topic. */
    @Override
    public void close() {
        over = true;
        try {
            sending.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
