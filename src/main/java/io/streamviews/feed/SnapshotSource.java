package io.streamviews.feed;

import io.streamviews.feed.EventStream.GoneException;
import io.streamviews.feed.EventStream.SlowClientException;
import io.streamviews.feed.Snapshots.Snapshot;
import io.streamviews.feed.Snapshots.TooLargeException;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.Commits;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The changes of a derived view: the difference between the state that the client knows and the one committed last, told
 * as rows that went and rows that came, in one event. A client that takes its time misses states in between, and never
 * has to be told more than a view's worth of rows.
 */
final class SnapshotSource implements Source {

    /** Between two looks at the view. */
    private static final Duration SPACING = Duration.ofMillis(100);

    private final String view;
    private final Snapshots snapshots;
    private final Commits commits;
    private final String lastEventId;
    private Snapshot told;
    private long known;

    /**
     * @param lastEventId the state that the client knows; may be null, or one that nobody remembers
     * @throws RefusedException (422) if the view is too large
     */
    SnapshotSource(String view, Snapshots snapshots, Commits commits, String lastEventId) {
        this.view = view;
        this.snapshots = snapshots;
        this.commits = commits;
        this.lastEventId = lastEventId;
        this.known = commits.count();
        try {
            told = snapshots.of(view, known);
        } catch (TooLargeException e) {
            throw RefusedException.unprocessable(e.getMessage());
        }
    }

    @Override
    public void begin(EventStream client) throws SlowClientException, GoneException, InterruptedException {
        if (told.id().equals(lastEventId)) {
            client.event("start", told.id(), "{\"view\":\"%s\"}".formatted(view));
        } else {
            client.event("snapshot", told.id(), "{\"view\":\"%s\",\"rows\":%s}".formatted(view, array(told.rows())));
        }
        client.flush();
    }

    @Override
    public void next(EventStream client) throws SlowClientException, GoneException, InterruptedException {
        long looked = System.nanoTime();
        Snapshot now = snapshots.of(view, known);
        if (!now.id().equals(told.id())) {
            client.event(
                    "change",
                    now.id(),
                    "{\"view\":\"%s\",\"removed\":%s,\"added\":%s}"
                            .formatted(view, array(missing(told, now)), array(missing(now, told))));
            told = now;
        }
        client.flush();
        known = commits.await(known, client.untilHeartbeat());
        Duration rest = SPACING.minusNanos(System.nanoTime() - looked);
        if (!rest.isNegative()) {
            Thread.sleep(rest.toMillis());
        }
    }

    @Override
    public void close() {
        // holds nothing that must be given back
    }

    private static Set<String> missing(Snapshot here, Snapshot there) {
        return here.rows().stream().filter(row -> !there.rows().contains(row)).collect(Collectors.toSet());
    }

    private static String array(Set<String> rows) {
        return "[" + String.join(",", rows) + "]";
    }
}
