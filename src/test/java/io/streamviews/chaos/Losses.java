package io.streamviews.chaos;

import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Archive.Place;
import io.streamviews.event.Partitions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What Kafka was made to lose, and what {@code projection_gap} says of it. */
final class Losses {

    private static final String GAPS =
            "SELECT topic, partition, from_offset, to_offset, to_jsonb(g)::text FROM views.projection_gap g";

    private final Cluster cluster;
    private final Archive archive;
    private final Map<Log, Long> removedBefore = new HashMap<>();
    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<Place> unread = new ArrayList<>();

    Losses(Cluster cluster, Archive archive) {
        this.cluster = cluster;
        this.archive = archive;
    }

    /** A partition of one of several topics that had the same name, one after the other. */
    private record Log(TopicPartition partition, int incarnation) {}

    /** @param ends as far as the former topic was read */
    private record Exchange(String topic, int incarnation, Map<TopicPartition, Long> ends, Instant at) {}

    /**
     * A row of {@code projection_gap}.
     *
     * @param json all of its columns
     */
    record Gap(TopicPartition partition, long from, long to, String json) {

        boolean covers(Place place) {
            return partition.equals(place.in()) && from <= place.offset() && (place.offset() < to || hasNoEnd());
        }

        /** Nobody knows where a topic ended that is not there any more. */
        private boolean hasNoEnd() {
            return json.matches("(?is).*\"[a-z_]+\": *\"[^\"]*(anew|truncat|recreat)[^\"]*\".*");
        }

        @Override
        public String toString() {
            return json;
        }
    }

    synchronized void removed(TopicPartition partition, long before) {
        removedBefore.merge(new Log(partition, archive.incarnation(partition.topic())), before, Math::max);
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

    List<Gap> gaps() {
        return cluster.query(
                GAPS,
                row -> new Gap(
                        new TopicPartition(row.getString(1), row.getInt(2)),
                        row.getLong(3),
                        row.getLong(4),
                        row.getString(5)));
    }

    /** Whether the topics do not hold what once stood there. */
    synchronized boolean isRemoved(Place place) {
        return place.incarnation() < archive.incarnation(place.topic())
                || place.offset() < removedBefore.getOrDefault(new Log(place.in(), place.incarnation()), 0L);
    }

    /** Whether the topics hold an event no more, wherever it stood. */
    boolean isRemoved(Event event) {
        return archive.places(event).stream().allMatch(this::isRemoved);
    }

    /** Whether Kafka has lost an event wherever it stood, and this is named. */
    boolean excuses(Event event, String key, Instant occurredAt, List<Gap> gaps) {
        List<Place> places = archive.places(event);
        return places.isEmpty()
                ? tails(event, key, occurredAt).stream().anyMatch(place -> isNamed(place, gaps))
                : places.stream().allMatch(place -> isRemoved(place) && isNamed(place, gaps));
    }

    boolean isNamed(Place place, List<Gap> gaps) {
        return gaps.stream().anyMatch(gap -> gap.covers(place));
    }

    /** Whether a topic was exchanged so late that an event nobody has seen can have been at the end of the former one. */
    boolean mayHaveGoneUnseen(Event event, String key, Instant occurredAt) {
        return !tails(event, key, occurredAt).isEmpty();
    }

    /** Whether anything was removed where a gap is said to be. */
    synchronized boolean isTrue(Gap gap) {
        return exchanges.stream().anyMatch(exchange -> exchange.topic.equals(gap.partition.topic()))
                || removedBefore.entrySet().stream()
                        .anyMatch(removed -> removed.getKey().partition.equals(gap.partition)
                                && gap.from < removed.getValue()
                                && gap.to <= removed.getValue());
    }

    private synchronized List<Place> tails(Event event, String key, Instant occurredAt) {
        String topic = event.type().equals("user") ? cluster.userEvents : cluster.postEvents;
        int partition = Partitions.of(key, Cluster.PARTITIONS);
        return exchanges.stream()
                .filter(exchange -> exchange.topic.equals(topic) && exchange.at.isAfter(occurredAt))
                .map(exchange -> new Place(
                        topic,
                        partition,
                        exchange.incarnation,
                        exchange.ends.get(new TopicPartition(topic, partition))))
                .toList();
    }
}
