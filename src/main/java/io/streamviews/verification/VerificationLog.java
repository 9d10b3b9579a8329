package io.streamviews.verification;

import io.agroal.api.AgroalDataSource;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.postgres.SessionLock;
import io.streamviews.verification.Verification.Depth;
import io.streamviews.verification.Verification.State;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The latest verifications, of all instances. One at a time: whoever does one holds an advisory lock from before its
 * entry says RUNNING until after it says something else, so an entry that says so without the lock was abandoned, and so
 * was one that is not the last. All methods block.
 */
@ApplicationScoped
class VerificationLog {

    static final int MOST_KEPT = 100;

    /** See {@link SessionLock}; the entries' state tells it apart by the same figures. */
    static final String LOCK = "29556, 5";

    private static final String BEGIN =
            """
            WITH forgotten AS (
                DELETE FROM public.verification WHERE id <= (
                    SELECT id FROM public.verification ORDER BY id DESC OFFSET %d LIMIT 1))
            INSERT INTO public.verification (depth, state, started_at) VALUES ($1, 'RUNNING', $2) RETURNING id
            """
                    .formatted(MOST_KEPT - 1);

    private static final String END =
            """
            UPDATE public.verification
            SET state = $2, finished_at = $3, differing = $4, views = $5::text::jsonb, behind = $6,
                as_of = $7::text::jsonb, error = $8
            WHERE id = $1
            """;

    private static final String ENTRIES =
            """
            SELECT id, depth, %s AS views, %s AS as_of,
                   CASE WHEN state = 'RUNNING' AND (id < (SELECT max(id) FROM public.verification) OR NOT EXISTS (
                            SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                            WHERE l.locktype = 'advisory' AND l.classid = 29556 AND l.objid = 5 AND l.objsubid = 2
                              AND l.granted AND d.datname = current_database()))
                        THEN 'ABANDONED' ELSE state END AS state,
                   started_at, finished_at, differing, behind, error
            FROM public.verification
            """;

    private static final String UNDER_WAY =
            "SELECT EXISTS (SELECT FROM (%s) AS v WHERE v.state = 'RUNNING' AND v.started_at < ?)"
                    .formatted(ENTRIES.formatted("NULL", "NULL"));

    private static final String WHOLE = ENTRIES.formatted("views::text", "as_of::text");
    private static final String PAGE = ENTRIES.formatted("NULL", "NULL") + "WHERE id > ? ORDER BY id";
    private static final String ONE = WHOLE + "WHERE id = ?";
    private static final String LATEST = WHOLE + "WHERE depth = ? ORDER BY id DESC LIMIT 1";
    private static final String LATEST_DONE = WHOLE + "WHERE depth = ? AND state = 'DONE' ORDER BY id DESC LIMIT 1";

    private final AgroalDataSource database;

    VerificationLog(AgroalDataSource database) {
        this.database = database;
    }

    /** Whether one goes on that has begun before an instant. */
    static boolean isUnderWay(Connection connection, Instant before) throws SQLException {
        return query(connection, UNDER_WAY, rows -> rows.next() && rows.getBoolean(1), time(before));
    }

    /** Makes an entry, and forgets the oldest ones. */
    static long begin(SessionLock lock, Depth depth, Instant now) {
        return change(lock, BEGIN, Tuple.of(depth.name(), time(now)))
                .iterator()
                .next()
                .getLong("id");
    }

    static void done(SessionLock lock, long id, Instant now, Outcome outcome) {
        ViewPositions asOf = outcome.asOf();
        change(
                lock,
                END,
                Tuple.from(Arrays.asList(
                        id,
                        State.DONE.name(),
                        time(now),
                        outcome.differing(),
                        outcome.views(),
                        asOf.behind(),
                        asOf.partitions(),
                        null)));
    }

    static void failed(SessionLock lock, long id, Instant now, String error) {
        change(lock, END, Tuple.from(Arrays.asList(id, State.FAILED.name(), time(now), null, null, null, null, error)));
    }

    /** By who has the lock, or not at all: nobody writes into the entry of a verification that was abandoned. */
    private static RowSet<Row> change(SessionLock lock, String sql, Tuple parameters) {
        return lock.connection().preparedQuery(sql).execute(parameters).await().indefinitely();
    }

    /** Without what was found in each view, and as of where. */
    Page<Verification> list(long after, PageBound bound) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return query(
                    connection,
                    bound.cut(PAGE, "octet_length(error)"),
                    rows -> {
                        List<Verification> found = new ArrayList<>();
                        boolean goesOn = false;
                        while (rows.next()) {
                            found.add(verification(rows));
                            goesOn = rows.getBoolean(Page.GOES_ON);
                        }
                        return new Page<>(found, goesOn);
                    },
                    after);
        }
    }

    Optional<Verification> find(long id) throws SQLException {
        return read(ONE, id).stream().findFirst();
    }

    /** The latest that was begun. */
    Optional<Verification> latest(Depth depth) throws SQLException {
        return read(LATEST, depth.name()).stream().findFirst();
    }

    /** The latest that came to a result. */
    Optional<Verification> latestDone(Depth depth) throws SQLException {
        return read(LATEST_DONE, depth.name()).stream().findFirst();
    }

    private List<Verification> read(String sql, Object... parameters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return query(
                    connection,
                    sql,
                    rows -> {
                        List<Verification> found = new ArrayList<>();
                        while (rows.next()) {
                            found.add(verification(rows));
                        }
                        return found;
                    },
                    parameters);
        }
    }

    private static Verification verification(ResultSet rows) throws SQLException {
        return new Verification(
                rows.getLong("id"),
                Depth.valueOf(rows.getString("depth")),
                State.valueOf(rows.getString("state")),
                instant(rows, "started_at"),
                instant(rows, "finished_at"),
                rows.getObject("differing", Long.class),
                rows.getString("views"),
                rows.getObject("behind", Long.class),
                rows.getString("as_of"),
                rows.getString("error"));
    }

    private static <T> T query(Connection connection, String sql, Reader<T> reader, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            return reader.read(rows);
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(ResultSet rows, String column) throws SQLException {
        OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** @param views a list of {@link ViewResult}, in JSON */
    record Outcome(long differing, String views, ViewPositions asOf) {}

    private interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }
}
