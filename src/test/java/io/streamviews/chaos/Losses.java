package io.streamviews.chaos;

import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Archive.Place;
import io.streamviews.kafka.Partitions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** What Kafka was made to lose, and when. Safe for all threads. */
final class Losses {

    private final Cluster cluster;
    private final Archive archive;
    private final List<Removal> removals = new ArrayList<>();
    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<Place> unread = new ArrayList<>();

    Losses(Cluster cluster, Archive archive) {
        this.cluster = cluster;
        this.archive = archive;
    }

    /** Everything went that stood before an offset. */
    private record Removal(TopicPartition partition, int incarnation, long before, Instant at) {

        boolean concerns(Place place) {
            return partition.equals(place.in()) && incarnation == place.incarnation() && place.offset() < before;
        }
    }

    /**
     * A topic went.
     *
     * @param ends as far as it was read; more may have come
     */
    private record Exchange(String topic, int incarnation, Map<TopicPartition, Long> ends, Instant at) {

        boolean concerns(Place place) {
            return topic.equals(place.topic()) && incarnation == place.incarnation();
        }
    }

    synchronized void removed(TopicPartition partition, long before) {
        removals.add(new Removal(partition, archive.incarnation(partition.topic()), before, Instant.now()));
    }

    /** To be called when the new topic is there. */
    synchronized void exchanged(String topic, Map<TopicPartition, Long> ends) {
        exchanges.add(new Exchange(topic, archive.incarnation(topic) - 1, ends, Instant.now()));
    }

    /** Of these it is known that nobody has read them. */
    synchronized void unread(Collection<Place> places) {
        unread.addAll(places);
    }

    synchronized List<Place> unread() {
        return List.copyOf(unread);
    }

    /** Since when the topic does not hold any more what stood there; empty if it does. */
    synchronized Optional<Instant> goneSince(Place place) {
        return Stream.concat(
                        removals.stream()
                                .filter(removal -> removal.concerns(place))
                                .map(Removal::at),
                        exchanges.stream()
                                .filter(exchange -> exchange.concerns(place))
                                .map(Exchange::at))
                .min(Instant::compareTo);
    }

    boolean isGone(Place place) {
        return goneSince(place).isPresent();
    }

    /** Whether the topics hold an event no more, wherever it stood. */
    boolean isGone(Event event) {
        return archive.places(event).stream().allMatch(this::isGone);
    }

    /**
     * Where an event stood. One that nobody has seen can only have come to a topic's end after that was read for the last
     * time, just before it went: it is said to have stood right there.
     */
    synchronized List<Place> places(LogBook.Entry entry) {
        List<Place> seen = archive.places(entry.event());
        String topic = entry.event().type().equals("user") ? cluster.userEvents : cluster.postEvents;
        TopicPartition partition = new TopicPartition(topic, Partitions.of(entry.key(), Cluster.PARTITIONS));
        return !seen.isEmpty()
                ? seen
                : exchanges.stream()
                        .filter(exchange -> exchange.topic.equals(topic) && exchange.at.isAfter(entry.occurredAt()))
                        .map(exchange -> new Place(
                                topic, partition.partition(), exchange.incarnation, exchange.ends.get(partition)))
                        .toList();
    }

    /** Whether anything has gone from a partition of a topic. */
    synchronized boolean concern(TopicPartition partition, int incarnation, long from, long to) {
        return exchanges.stream()
                        .anyMatch(exchange ->
                                exchange.topic.equals(partition.topic()) && exchange.incarnation == incarnation)
                || removals.stream()
                        .anyMatch(removal -> removal.partition.equals(partition)
                                && removal.incarnation == incarnation
                                && from < removal.before
                                && to <= removal.before);
    }
}
