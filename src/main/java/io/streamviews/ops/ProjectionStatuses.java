package io.streamviews.ops;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.Views;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Where the live projection stands at this moment, as PostgreSQL says. */
@Singleton
public final class ProjectionStatuses {

    private static final String STATUS =
            """
            SELECT s.*, extract(epoch FROM s.lag_time)::double precision AS lag_seconds, p.paused_at, %s AS pausing
            FROM (VALUES (true)) AS always
            LEFT JOIN views.projection_pause p ON true
            LEFT JOIN views.projection_status s ON true
            ORDER BY s.topic, s.partition
            """
                    .formatted(PositionSql.hasBatchesFromBefore(Views.LIVE, "p.paused_at"));

    private static final String SUSPENDED =
            """
            SELECT d.name AS view, (j ->> 'suspended_at')::timestamptz AS since, j ->> 'error' AS error
            FROM views.derived_view d, to_jsonb(d) AS j WHERE j ->> 'suspended_at' IS NOT NULL ORDER BY d.ordinal
            """;

    private static final String GAPS =
            """
            SELECT topic, partition, reason, from_offset, to_offset, last_event_at, found_at
            FROM views.projection_gap ORDER BY found_at, topic, partition LIMIT 1000
            """;

    private final Pool pool;

    ProjectionStatuses(Pool pool) {
        this.pool = pool;
    }

    public Uni<ProjectionStatus> read() {
        return pool.query(STATUS).execute().chain(rows -> pool.query(SUSPENDED)
                .execute()
                .chain(suspended ->
                        pool.query(GAPS).execute().map(gaps -> ProjectionStatus.of(rows, suspended, gaps))));
    }
}
