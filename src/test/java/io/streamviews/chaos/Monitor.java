package io.streamviews.chaos;

import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Rest.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Readers that go on all the while, by SQL and from both instances, and never forget what they have seen of a row: what
 * one of them has read, everybody who begins to read after that must find, in that version or a later one.
 */
final class Monitor implements AutoCloseable {

    private static final int SQL_EVERY_MS = 100;
    private static final int REST_EVERY_MS = 20;
    private static final int READERS = 4;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;

    private static final Map<String, String> ROWS = Map.of(
            "user", "SELECT user_id, version FROM views.user_view WHERE user_id = ANY(?)",
            "post", "SELECT post_id, version FROM views.post_view WHERE post_id = ANY(?)");

    private final Cluster cluster;
    private final Rest rest;
    private final Journal journal;
    private final Random random = new Random();
    private final Map<Key, Watched> rows = new ConcurrentHashMap<>();
    private final ScheduledExecutorService readers = Executors.newScheduledThreadPool(READERS, Monitor::thread);
    private Connection connection;
    private final Collection<Doubt> doubts = new ConcurrentLinkedQueue<>();
    private final AtomicLong reads = new AtomicLong();

    Monitor(Cluster cluster, Rest rest, Journal journal) {
        this.cluster = cluster;
        this.rest = rest;
        this.journal = journal;
    }

    private record Key(String type, long id) {}

    /**
     * A row that somebody has read an older version of, or none. Whether that is wrong is said when all losses are known:
     * feeds have read events that Kafka has lost, and a rebuild makes the views what the topics have by then.
     *
     * @param seen the event that was read before
     */
    record Doubt(Event seen, boolean byFeed, String problem) {}

    void start() {
        readers.scheduleWithFixedDelay(this::readBySql, 0, SQL_EVERY_MS, TimeUnit.MILLISECONDS);
        for (int i = 0; i < Cluster.NAMES.size(); i++) {
            int instance = i;
            readers.scheduleWithFixedDelay(() -> readUser(instance), 0, REST_EVERY_MS, TimeUnit.MILLISECONDS);
        }
        for (int i = 0; i < Cluster.NAMES.size(); i++) {
            new Follower(i, cluster, rest, this).start();
        }
    }

    Journal journal() {
        return journal;
    }

    void watch(String type, long id) {
        rows.putIfAbsent(new Key(type, id), new Watched());
    }

    /** To be called before a deletion is sent: it may take effect from now on. */
    void deleting(String type, long id) {
        Watched row = rows.get(new Key(type, id));
        if (row != null) {
            row.deleting = true;
        }
    }

    /** What a feed tells has been committed, so that nobody may read less after that. */
    void told(String feed, String type, long id, long version) {
        Watched row = rows.get(new Key(type, id));
        if (row != null) {
            row.raise(version, feed);
        }
    }

    long reads() {
        return reads.get();
    }

    private void readBySql() {
        try {
            if (connection == null) {
                connection = cluster.connect();
            }
            for (String type : ROWS.keySet()) {
                Map<Key, Seen> before = new HashMap<>();
                rows.forEach((key, row) -> {
                    if (key.type.equals(type)) {
                        before.put(key, row.seen());
                    }
                });
                Long[] ids = before.keySet().stream().map(Key::id).toArray(Long[]::new);
                Map<Long, Long> found = new HashMap<>();
                Sql.query(connection, ROWS.get(type), row -> found.put(row.getLong(1), row.getLong(2)), (Object) ids);
                before.forEach((key, seen) -> judge("SQL", key, seen, found.get(key.id)));
            }
        } catch (SQLException e) {
            disconnected(e);
        } catch (RuntimeException e) {
            journal.violation(Invariant.NEVER_OLDER, "the reader by SQL: %s", e);
        }
    }

    /** A database that is away is no news; that a view is not there is. */
    private void disconnected(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        if (state.startsWith("42")) {
            journal.violation(Invariant.NEVER_OLDER, "a reader by SQL was refused: %s", failure.getMessage());
        }
        try (Connection broken = connection) {
            connection = null;
        } catch (SQLException e) {
            // it was of no use before
        }
    }

    private void readUser(int instance) {
        try {
            List<Key> users = rows.keySet().stream()
                    .filter(key -> key.type.equals("user"))
                    .toList();
            if (users.isEmpty()) {
                return;
            }
            Key key = users.get(random.nextInt(users.size()));
            Seen before = rows.get(key).seen();
            Answer answer = rest.get(instance, "/api/posts/users/" + key.id);
            if (answer.status() == OK) {
                judge(
                        Cluster.NAMES.get(instance),
                        key,
                        before,
                        answer.json().path("version").longValue());
            } else if (answer.status() == NOT_FOUND) {
                judge(Cluster.NAMES.get(instance), key, before, null);
            }
        } catch (RuntimeException e) {
            journal.violation(Invariant.NEVER_OLDER, "the reader of %s: %s", Cluster.NAMES.get(instance), e);
        }
    }

    /**
     * @param before what had been seen when this read began
     * @param version null if there was no row
     */
    private void judge(String reader, Key key, Seen before, Long version) {
        reads.incrementAndGet();
        Watched row = rows.get(key);
        String problem = null;
        if (version == null) {
            if (before.highest > 0 && row.deleting) {
                row.gone |= !before.isByFeed();
            } else if (before.highest > 0) {
                problem = "is not there, after version " + before;
            }
        } else if (before.gone) {
            problem = "is there again after it was deleted, in version " + version;
        } else if (version < before.highest) {
            problem = "is in version %d, after version %s".formatted(version, before);
        } else {
            row.raise(version, reader);
        }
        if (problem != null && !row.reported) {
            row.reported = true;
            doubts.add(new Doubt(
                    new Event(key.type, key.id, before.highest),
                    before.isByFeed(),
                    "%s%s %d, read by way of %s, %s".formatted(journal.at(), key.type, key.id, reader, problem)));
        }
    }

    Collection<Doubt> doubts() {
        return doubts;
    }

    boolean isClosed() {
        return readers.isShutdown();
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "monitor");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() {
        readers.shutdownNow();
    }

    /** @param by who saw the highest version first */
    private record Seen(long highest, String by, boolean gone) {

        private boolean isByFeed() {
            return by != null && by.startsWith(Follower.FEED);
        }

        @Override
        public String toString() {
            return "%d, which was read by way of %s".formatted(highest, by);
        }
    }

    /** What is known of a row. */
    private static final class Watched {
        private volatile boolean deleting;
        private volatile boolean gone;
        private volatile boolean reported;
        private long highest;
        private String by;

        private synchronized Seen seen() {
            return new Seen(highest, by, gone);
        }

        private synchronized void raise(long version, String reader) {
            if (version > highest) {
                highest = version;
                by = reader;
            }
        }
    }
}
