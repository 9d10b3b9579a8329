package io.streamviews.verification;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.projection.PositionSql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;

/**
 * Where views stand in the topics.
 *
 * @param behind events that were in the topics, when somebody last looked, and not in the views
 * @param partitions a list of {@link Partition}, in JSON
 */
record ViewPositions(long behind, String partitions) {

    private static final String STANDING =
            """
            SELECT coalesce(sum(s.lag_events), 0),
                   coalesce(json_agg(json_build_object(
                       'topic', s.topic, 'partition', s.partition, 'position', s.position, 'behind', s.lag_events,
                       'endSeenAt', s.end_seen_at, 'lastEventAt', p.last_event_at) ORDER BY s.topic, s.partition), '[]')
            FROM %1$s.projection_status s
            JOIN %2$s AS p USING (topic, partition)
            """;

    /**
     * @param position the offset of the next event that the views will get
     * @param behind events from there to the end; null: nobody has looked
     * @param endSeenAt when somebody looked
     * @param lastEventAt time stamp of the last event that the views have got
     */
    @RegisterForReflection
    record Partition(String topic, int partition, long position, Long behind, Instant endSeenAt, Instant lastEventAt) {}

    /** As the connection's snapshot shows it. */
    static ViewPositions of(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(STANDING.formatted(schema, PositionSql.relation(schema)))) {
            rows.next();
            return new ViewPositions(rows.getLong(1), rows.getString(2));
        }
    }
}
