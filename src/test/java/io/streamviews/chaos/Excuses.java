package io.streamviews.chaos;

import io.streamviews.chaos.Archive.Place;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Why something need not be in the views: Kafka has lost it and {@code projection_gap} names the loss, or it was gone when
 * a rebuild made the views what the topics had by then.
 */
final class Excuses {

    private static final String GAPS =
            "SELECT topic, partition, topic_id, from_offset, to_offset, to_jsonb(g)::text FROM views.projection_gap g";
    private static final String REBUILDS = "SELECT finished_at FROM public.rebuild WHERE state = 'DONE'";

    private final Archive archive;
    private final Losses losses;
    private final List<Gap> gaps;
    private final List<Instant> rebuilds;

    /** As of now. */
    Excuses(Cluster cluster, Archive archive, Losses losses) {
        this.archive = archive;
        this.losses = losses;
        this.gaps = cluster.query(
                GAPS,
                row -> new Gap(
                        new TopicPartition(row.getString(1), row.getInt(2)),
                        row.getString(3),
                        row.getLong(4),
                        row.getObject(5, Long.class),
                        row.getString(6)));
        this.rebuilds = cluster.query(
                REBUILDS, row -> row.getObject(1, OffsetDateTime.class).toInstant());
    }

    /**
     * A row of {@code projection_gap}.
     *
     * @param topicId tells topics of one name apart
     * @param to null: nobody knows where the topic ended
     * @param json all of its columns
     */
    record Gap(TopicPartition partition, String topicId, long from, Long to, String json) {

        @Override
        public String toString() {
            return json;
        }
    }

    List<Gap> gaps() {
        return gaps;
    }

    /** Whether an event went, wherever it stood, and that is named or older than a rebuild. */
    boolean excuse(LogBook.Entry entry) {
        List<Place> places = losses.places(entry);
        return isNamed(places) || wereGoneAtARebuild(places);
    }

    boolean isNamed(Place place) {
        return gaps.stream()
                .anyMatch(gap -> gap.partition.equals(place.in())
                        && gap.topicId.equals(archive.topicId(place.topic(), place.incarnation()))
                        && gap.from <= place.offset()
                        && (gap.to == null || place.offset() < gap.to));
    }

    /** Whether there are such places, all that stood there went, and every loss is named. */
    boolean isNamed(Collection<Place> places) {
        return !places.isEmpty() && places.stream().allMatch(place -> losses.isGone(place) && isNamed(place));
    }

    /** Whether there are such places, and a rebuild found nothing there any more. */
    boolean wereGoneAtARebuild(Collection<Place> places) {
        return !places.isEmpty()
                && rebuilds.stream().anyMatch(rebuild -> places.stream()
                        .allMatch(place ->
                                losses.goneSince(place).filter(rebuild::isAfter).isPresent()));
    }

    /** Whether anything has gone where a gap is said to be. */
    boolean isTrue(Gap gap) {
        int incarnation = archive.incarnation(gap.partition.topic(), gap.topicId);
        return losses.concern(gap.partition, incarnation, gap.from, gap.to == null ? gap.from : gap.to);
    }
}
