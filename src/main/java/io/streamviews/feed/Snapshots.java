package io.streamviews.feed;

import io.streamviews.view.Commits;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The latest state of each derived view that somebody follows, shared by all who do. It is read anew after commits, and
 * keeps its number while nothing has changed.
 */
@ApplicationScoped
class Snapshots {

    private final Committed committed;
    private final Commits commits;
    private final FeedConfig config;
    private final String process = UUID.randomUUID().toString().substring(0, 8);
    private final Map<String, Latest> latest = new ConcurrentHashMap<>();

    Snapshots(Committed committed, Commits commits, FeedConfig config) {
        this.committed = committed;
        this.commits = commits;
        this.config = config;
    }

    /**
     * @param id tells this state from all others, of this process and of others
     * @param rows as JSON; never changed
     */
    record Snapshot(String id, Set<String> rows) {}

    /** The view has more rows than a feed of it may have. */
    static final class TooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private TooLargeException(String view, int limit) {
            super("%s has more than %d rows; follow the base view that it derives from".formatted(view, limit));
        }
    }

    /**
     * The view's state.
     *
     * @param asOf the number of a commit that it must not be older than
     */
    Snapshot of(String view, long asOf) {
        return latest.computeIfAbsent(view, Latest::new).asOf(asOf);
    }

    private final class Latest {
        private final String view;
        private long at = -1;
        private long number;
        private Snapshot snapshot = new Snapshot(process + ":0", Set.of());

        private Latest(String view) {
            this.view = view;
        }

        private synchronized Snapshot asOf(long commit) {
            if (at < commit) {
                long now = commits.count();
                Set<String> rows = committed.rows(view, config.maxRows() + 1);
                if (rows.size() > config.maxRows()) {
                    throw new TooLargeException(view, config.maxRows());
                }
                if (!rows.equals(snapshot.rows())) {
                    snapshot = new Snapshot(process + ":" + ++number, Set.copyOf(rows));
                }
                at = now;
            }
            return snapshot;
        }
    }
}
