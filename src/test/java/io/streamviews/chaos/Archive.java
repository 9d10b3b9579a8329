package io.streamviews.chaos;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What stood in the topics and where, read all the while, before anything is removed from them: so that it can be said
 * afterwards which events Kafka has lost. Of transactions it knows those that were committed.
 */
final class Archive implements AutoCloseable {

    /** Ids from here on are those of other producers: the event log does not know them. */
    static final long FOREIGN = 1_000_000_000_000L;

    /** A foreign user's version after a Kafka tombstone. */
    static final long ERASED = -1;

    static final String POISON = "poison";

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster;
    private final Journal journal;
    private final ReentrantLock reading = new ReentrantLock(true);
    private final Map<Event, List<Place>> places = new HashMap<>();
    private final Map<Long, List<Change>> foreign = new TreeMap<>();
    private final Map<Event, Long> lastVersions = new HashMap<>();
    private final Set<Place> poison = ConcurrentHashMap.newKeySet();
    private final Map<String, List<String>> topicIds = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> next = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "archive");
    private KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean over;

    /** The topics must be there. */
    Archive(Cluster cluster, Journal journal) {
        this.cluster = cluster;
        this.journal = journal;
        for (String topic : cluster.topics()) {
            topicIds.put(topic, new CopyOnWriteArrayList<>(List.of(cluster.topicId(topic))));
            cluster.partitions(topic).forEach(partition -> next.put(partition, 0L));
        }
        open();
        thread.setDaemon(true);
        thread.start();
    }

    /** An event of the event log. */
    record Event(String type, long id, long version) {}

    /** @param incarnation counts topics of the same name, from 1 */
    record Place(String topic, int partition, int incarnation, long offset) {

        TopicPartition in() {
            return new TopicPartition(topic, partition);
        }

        @Override
        public String toString() {
            return "%s-%d, offset %d%s"
                    .formatted(topic, partition, offset, incarnation == 1 ? "" : " of topic no. " + incarnation);
        }
    }

    /** What another producer has said of one of its users. */
    record Change(Place place, long version, String name) {}

    /** Of the topic that there is now. */
    int incarnation(String topic) {
        return topicIds.get(topic).size();
    }

    /** Of the topic with this id; 0 if there was none. */
    int incarnation(String topic, String topicId) {
        return topicIds.get(topic).indexOf(topicId) + 1;
    }

    String topicId(String topic, int incarnation) {
        return topicIds.get(topic).get(incarnation - 1);
    }

    /** Where an event was published; several times, if a relay was replaced. */
    List<Place> places(Event event) {
        reading.lock();
        try {
            return List.copyOf(places.getOrDefault(event, List.of()));
        } finally {
            reading.unlock();
        }
    }

    /** Everything that stands in a partition from an offset on and before another one. */
    List<Place> places(TopicPartition partition, int incarnation, long from, long to) {
        reading.lock();
        try {
            return places.values().stream()
                    .flatMap(List::stream)
                    .filter(place -> place.in().equals(partition)
                            && place.incarnation() == incarnation
                            && place.offset() >= from
                            && place.offset() < to)
                    .toList();
        } finally {
            reading.unlock();
        }
    }

    /** Users of whom the last event in the topic is not the newest one: compaction would keep an older one. */
    List<Event> stale() {
        reading.lock();
        try {
            return lastVersions.entrySet().stream()
                    .filter(last ->
                            places.containsKey(new Event("user", last.getKey().id(), last.getValue() + 1)))
                    .map(Map.Entry::getKey)
                    .toList();
        } finally {
            reading.unlock();
        }
    }

    /** Of each foreign user what was said, in its order. */
    Map<Long, List<Change>> foreign() {
        reading.lock();
        try {
            return new TreeMap<>(foreign);
        } finally {
            reading.unlock();
        }
    }

    Set<Place> poison() {
        return poison;
    }

    /** The offsets up to which each partition has been read. */
    Map<TopicPartition, Long> next() {
        return Map.copyOf(next);
    }

    void awaitRead(Map<TopicPartition, Long> ends) {
        await("The archive").atMost(PATIENCE).until(() -> ends.entrySet().stream()
                .allMatch(end -> next.get(end.getKey()) >= end.getValue()));
    }

    /**
     * Reads a topic to its end, has it exchanged for another one of the same name, and goes on in that one.
     *
     * @return where the former one ended, as far as it was read
     */
    Map<TopicPartition, Long> whileExchanging(String topic, Runnable exchange) {
        awaitRead(cluster.ends(topic));
        reading.lock();
        try {
            poll();
            consumer.close();
            exchange.run();
            Map<TopicPartition, Long> ends = new HashMap<>();
            cluster.partitions(topic).forEach(partition -> ends.put(partition, next.put(partition, 0L)));
            topicIds.get(topic).add(cluster.topicId(topic));
            if (topic.equals(cluster.userEvents)) {
                lastVersions.clear();
            }
            open();
            return ends;
        } finally {
            reading.unlock();
        }
    }

    private void open() {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        Cluster.SERVERS.getBootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        // It would be a fault of the test: nothing is removed before it has been read.
                        "auto.offset.reset",
                        "none",
                        "reconnect.backoff.max.ms",
                        500,
                        "allow.auto.create.topics",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(next.keySet());
        next.forEach(consumer::seek);
    }

    private void run() {
        try {
            while (!over) {
                reading.lock();
                try {
                    poll();
                } finally {
                    reading.unlock();
                }
            }
        } catch (RuntimeException broken) {
            journal.violation(Invariant.LOSSES_NAMED, "The test itself has missed records: %s", broken);
        }
    }

    private void poll() {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            add(record);
        }
        next.replaceAll((partition, offset) -> consumer.position(partition));
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        Place place = new Place(record.topic(), record.partition(), incarnation(record.topic()), record.offset());
        if (record.value() == null) {
            foreign(Long.parseLong(new String(record.key())), new Change(place, ERASED, null));
            return;
        }
        if (new String(record.value()).startsWith(POISON)) {
            poison.add(place);
            return;
        }
        try {
            JsonNode event = JSON.readTree(record.value());
            String type = event.has("userId") ? "user" : "post";
            long id = event.path(type + "Id").longValue();
            long version = event.path("version").longValue();
            if (id < FOREIGN) {
                if (type.equals("user")) {
                    lastVersions.put(new Event(type, id, 0), version);
                }
                places.computeIfAbsent(new Event(type, id, version), none -> new ArrayList<>(1))
                        .add(place);
            } else {
                foreign(
                        id,
                        new Change(
                                place, version, event.path("user").path("name").textValue()));
            }
        } catch (IOException e) {
            throw new IllegalStateException(place + " is neither an event nor poison", e);
        }
    }

    private void foreign(long id, Change change) {
        foreign.computeIfAbsent(id, none -> new ArrayList<>(2)).add(change);
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join(PATIENCE.toMillis());
        consumer.close();
    }
}
