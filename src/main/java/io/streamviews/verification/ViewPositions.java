package io.streamviews.verification;

import io.streamviews.projection.PositionSql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Where views stand in the topics.
 *
 * @param behind events that were in the topics, when somebody last looked, and not in the views
 * @param partitions a list in JSON: {@code topic}, {@code partition}, {@code position} (the offset of the next event that the
 *     views will get), {@code behind} (events from there to the end; null: nobody has looked), {@code endSeenAt} (when somebody
 *     looked), {@code lastEventAt} (time stamp of the last event that the views have got)
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

    /** As the connection's snapshot shows it. */
    static ViewPositions of(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(STANDING.formatted(schema, PositionSql.relation(schema)))) {
            rows.next();
            return new ViewPositions(rows.getLong(1), rows.getString(2));
        }
    }
}
