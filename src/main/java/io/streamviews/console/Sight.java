package io.streamviews.console;

import io.smallrye.mutiny.Uni;
import io.streamviews.console.Snapshot.Point;
import io.streamviews.console.Snapshot.Relay;
import io.streamviews.ops.ProjectionStatus;
import io.streamviews.ops.ProjectionStatuses;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Looks at the pipeline: at the meters in memory, and with three short queries at PostgreSQL. What PostgreSQL does not say in
 * time is left out. One look at a time; rates are those since the look before.
 */
@Singleton
class Sight {

    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final double MILLI = 1e6;

    private final EventLogPlace log;
    private final ProjectionStatuses statuses;
    private final Meters meters;
    private final Clock clock;
    private final boolean views;
    private volatile Seen before;

    Sight(
            EventLogPlace log,
            ProjectionStatuses statuses,
            Meters meters,
            Clock clock,
            @ConfigProperty(name = "streamviews.views.enabled") boolean views) {
        this.log = log;
        this.statuses = statuses;
        this.meters = meters;
        this.clock = clock;
        this.views = views;
    }

    /** What the next look is compared with; null where it is not known. */
    private record Seen(
            long at, Long head, Long cursor, Long position, Histogram batches, Histogram flushes, Histogram times) {}

    Uni<Snapshot> look() {
        Uni<Optional<EventLogPlace.Place>> place = inTime(log.read());
        Uni<Optional<ProjectionStatus>> status =
                views ? inTime(statuses.read()) : Uni.createFrom().item(Optional.empty());
        return Uni.combine().all().unis(place, status).with(this::snapshot);
    }

    /** So that no rate is that of the time when nobody looked. */
    void forget() {
        before = null;
    }

    private static <T> Uni<Optional<T>> inTime(Uni<T> read) {
        return read.map(Optional::ofNullable)
                .ifNoItem()
                .after(PATIENCE)
                .fail()
                .onFailure()
                .recoverWithItem(Optional.empty());
    }

    private Snapshot snapshot(Optional<EventLogPlace.Place> place, Optional<ProjectionStatus> status) {
        Seen now = new Seen(
                clock.millis(),
                place.map(EventLogPlace.Place::head).orElse(null),
                place.map(EventLogPlace.Place::cursor).orElse(null),
                status.map(Sight::position).orElse(null),
                meters.histogram("streamviews.projection.batch.size"),
                meters.histogram("streamviews.projection.flush"),
                meters.histogram("streamviews.projection.event.to.row"));
        Double backlog = meters.gauge("streamviews.relay.backlog");
        Point point = point(now, before == null ? now : before, backlog, status);
        before = now;
        Double active = meters.gauge("streamviews.relay.active");
        Double ready = meters.gauge("streamviews.ready");
        return new Snapshot(
                point,
                place.map(at -> new Relay(
                                at.head(),
                                at.cursor(),
                                active == null ? null : active > 0,
                                backlog,
                                meters.gauge("streamviews.relay.waiting")))
                        .orElse(null),
                status.orElse(null),
                meters.gauges("streamviews.projection.owned.epoch", "topic", "partition"),
                meters.gauges("streamviews.dead.letters", "state"),
                meters.gauge("streamviews.feed.open"),
                ready == null ? null : ready > 0);
    }

    private static Point point(Seen now, Seen then, Double backlog, Optional<ProjectionStatus> status) {
        double seconds = (now.at - then.at) / 1e3;
        return new Point(
                now.at,
                rate(now.head, then.head, seconds),
                rate(now.cursor, then.cursor, seconds),
                rate(now.position, then.position, seconds),
                backlog,
                status.map(it -> (double) it.lagEvents()).orElse(null),
                seconds <= 0 ? null : now.batches.countSince(then.batches) / seconds,
                now.batches.meanSince(then.batches),
                millis(now.flushes.meanSince(then.flushes)),
                millis(now.times.quantileSince(then.times, 0.5)),
                millis(now.times.quantileSince(then.times, 0.99)));
    }

    private static Double rate(Long now, Long then, double seconds) {
        return now == null || then == null || seconds <= 0 ? null : Math.max(0, now - then) / seconds;
    }

    private static Double millis(Double nanos) {
        return nanos == null ? null : nanos / MILLI;
    }

    private static long position(ProjectionStatus status) {
        return status.partitions().stream()
                .mapToLong(ProjectionStatus.Partition::position)
                .sum();
    }
}
