package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.deadletter.DeadLetterSelection;
import io.streamviews.projection.deadletter.DeadLetters;
import io.streamviews.projection.deadletter.RecordCoordinates;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * A generation read anew from the topics, to compare the live one with; never read by anybody else. Each verification has a
 * schema of its own: one that was replaced does nothing to its successor's. Blocks. What a crash leaves of it is dropped by
 * the next one.
 */
public final class VerificationGeneration {

    /** What the names of their schemas begin with. */
    public static final String SCHEMAS = "views_verification";

    private static final String OWNER = "verification";

    private final String schema;
    private final Pool own;
    private final GenerationBuild build;
    private final DeadLetters deadLetters;
    private final LogOffsets offsets;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> reached = new HashMap<>();

    /** Its schema is migrated, and empty. */
    public VerificationGeneration(String schema, GenerationBuilds builds, ProjectionConfig config) {
        this.schema = schema;
        this.offsets = builds.offsets();
        List<BaseView> declared = builds.views().in(schema);
        this.partitions = builds.views().partitions(declared);
        this.own = builds.pool();
        this.build = builds.of(schema, own, OWNER);
        this.deadLetters = new DeadLetters(own, schema, any -> Uni.createFrom().item(declared), config);
    }

    public void open() {
        SqlConnection connection = own.getConnectionAndAwait();
        try {
            build.prepare(connection, Views.LIVE);
        } finally {
            connection.closeAndAwait();
        }
        build.open(offsets, partitions);
    }

    public String schema() {
        return schema;
    }

    /** Whether nothing has been read that stands behind these places. */
    public boolean isNotAheadOf(Map<TopicPartition, Long> places) {
        return reached.entrySet().stream().allMatch(each -> each.getValue() <= places.getOrDefault(each.getKey(), 0L));
    }

    /** Reads on, up to these places and no further. */
    public void fill(Map<TopicPartition, Long> places) {
        Map<TopicPartition, Long> ends = offsets.ends(partitions);
        // A place behind the end is one of another topic of the same name.
        ends.replaceAll((partition, end) -> Math.min(end, places.getOrDefault(partition, 0L)));
        build.fill(ends);
        build.fold();
        reached.putAll(ends);
    }

    /** Places of events that the topic does not hold any more. */
    public RemovedPlaces removed(String topic) {
        return build.logs().removed(topic);
    }

    /** Whether a row must have been made by the event at the same place, too. */
    public boolean hasPlainPlaces() {
        return build.logs().hasPlainPlaces();
    }

    /** Dead letters whose events are missing in it. */
    public Page<StoredDeadLetter> openLetters(RecordCoordinates after, PageBound bound) {
        DeadLetterSelection open =
                new DeadLetterSelection(null, null, null, null, Set.of(StoredDeadLetter.State.OPEN), null);
        return deadLetters.list(open, after, bound).await().indefinitely();
    }

    public void cancel() {
        build.cancel();
    }

    /** Stops reading; the schema is for the caller to drop. */
    public void close() {
        build.close();
        own.closeAndForget();
    }
}
