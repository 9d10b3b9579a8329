package io.streamviews.user.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.agroal.api.AgroalDataSource;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.UserErasure;
import io.streamviews.user.erasure.Erasure.Erased;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The erasures that were asked for, of all instances. Who takes one ({@link ErasureRunner}) has it to himself for a while, and
 * changes it from the state that he has seen or not at all, so that one who has taken too long does nothing twice. All methods
 * block.
 */
@ApplicationScoped
class Erasures {

    private static final String ASK =
            """
            INSERT INTO public.erasure (subject, requested_by, was_there) VALUES (?, ?, ?)
            ON CONFLICT (subject) DO NOTHING
            """;

    /** Nothing new of it is kept or shown, from now on. */
    private static final String HIDE =
            "INSERT INTO public.erased_row (base_view, row_key, topic, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    private static final String SHOW = "DELETE FROM public.erased_row WHERE base_view = ? AND row_key = ?";

    private static final String SELECT =
            """
            SELECT id, subject, state, requested_by, requested_at, waits_for, was_there, version, arrived_at, erased_at,
                   erased::text AS erased, scan_to, compacted_by, topics_clean_at, looks
              FROM public.erasure
            """;
    private static final String BY_ID = SELECT + " WHERE id = ?";
    private static final String BY_SUBJECT = SELECT + " WHERE subject = ?";
    private static final String PAGE = SELECT + " WHERE id > ? ORDER BY id";

    private static final String HOLD = "SELECT FROM public.erasure WHERE id = ? AND state = ? FOR UPDATE";

    private static final String MOVE =
            """
            UPDATE public.erasure
               SET state = ?, version = coalesce(?, version), waits_for = NULL, looks = 0,
                   next_look_at = clock_timestamp() + ? * interval '1 millisecond'
             WHERE id = ? AND state = ?
            """;

    private static final String ARRIVED =
            "UPDATE public.erasure SET arrived_at = clock_timestamp() WHERE id = ? AND nextval('public.erasure_arrival') > 0";

    private static final String ERASED =
            """
            UPDATE public.erasure
               SET erased_at = clock_timestamp(), erased = ?::jsonb, scan_to = ?,
                   compacted_by = clock_timestamp() + ? * interval '1 millisecond'
             WHERE id = ?
            """;

    private static final String CLEAN = "UPDATE public.erasure SET topics_clean_at = clock_timestamp() WHERE id = ?";

    private static final String WAIT =
            """
            UPDATE public.erasure
               SET waits_for = ?, looks = looks + 1, next_look_at = clock_timestamp() + ? * interval '1 millisecond'
             WHERE id = ? AND state = ?
            """;

    private final AgroalDataSource database;
    private final ObjectMapper json;

    Erasures(AgroalDataSource database, ObjectMapper json) {
        this.database = database;
        this.json = json;
    }

    /** Another one than that of a person is no row of a base view. */
    record Hidden(String baseView, String rowKey, String topic) {}

    /** The erasure of a subject, whether it is asked for now or was before; fails (404) if there never was such a one. */
    Entry ask(String subject, long user, String who, Hidden hidden) throws SQLException {
        try (Connection connection = begin()) {
            boolean isThere =
                    UserErasure.isThere(connection, user).orElseThrow(() -> RefusedException.unknown("User", user));
            if (change(connection, ASK, subject, who, isThere) > 0) {
                change(
                        connection,
                        HIDE,
                        hidden.baseView(),
                        hidden.rowKey(),
                        hidden.topic(),
                        hidden.rowKey().getBytes(UTF_8));
            }
            connection.commit();
        }
        return one(BY_SUBJECT, subject).orElseThrow();
    }

    Optional<Entry> find(long id) throws SQLException {
        return one(BY_ID, id);
    }

    Page<Entry> list(long after, PageBound bound) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepare(connection, bound.cut(PAGE, "octet_length(erased)"), after);
                ResultSet rows = statement.executeQuery()) {
            List<Entry> found = new ArrayList<>();
            boolean goesOn = false;
            while (rows.next()) {
                found.add(entry(rows));
                goesOn = rows.getBoolean(Page.GOES_ON);
            }
            return new Page<>(found, goesOn);
        }
    }

    /** A transaction, which is rolled back if the connection is closed before it is committed. */
    Connection begin() throws SQLException {
        Connection connection = database.getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // a process that is frozen keeps no locks
            statement.execute("SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '5s';"
                    + " SET LOCAL statement_timeout = '25s'");
        }
        return connection;
    }

    /** Whether it still is as it was seen, and stays so until the transaction ends. */
    static boolean hold(Connection connection, Entry entry) throws SQLException {
        try (PreparedStatement statement =
                        prepare(connection, HOLD, entry.id(), entry.state().name());
                ResultSet rows = statement.executeQuery()) {
            return rows.next();
        }
    }

    /** @param version of the deletion; null if that is known, or not known yet */
    static void move(Connection connection, Entry entry, ErasureState next, Long version, Duration pause)
            throws SQLException {
        change(
                connection,
                MOVE,
                next.name(),
                version,
                pause.toMillis(),
                entry.id(),
                entry.state().name());
    }

    static void arrived(Connection connection, Entry entry) throws SQLException {
        change(connection, ARRIVED, entry.id());
    }

    /** @param over when the topic has nothing more; empty if nobody can say */
    void erased(Connection connection, Entry entry, List<Erased> erased, long scanTo, Optional<Duration> over)
            throws SQLException {
        try {
            change(
                    connection,
                    ERASED,
                    json.writeValueAsString(erased),
                    scanTo,
                    over.map(Duration::toMillis).orElse(null),
                    entry.id());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static void clean(Connection connection, Entry entry, Hidden hidden) throws SQLException {
        change(connection, CLEAN, entry.id());
        change(connection, SHOW, hidden.baseView(), hidden.rowKey());
    }

    void waitFor(Entry entry, String what, Duration pause) throws SQLException {
        try (Connection connection = database.getConnection()) {
            change(
                    connection,
                    WAIT,
                    what,
                    pause.toMillis(),
                    entry.id(),
                    entry.state().name());
        }
    }

    private Optional<Entry> one(String sql, Object parameter) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepare(connection, sql, parameter);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(entry(rows)) : Optional.empty();
        }
    }

    private Entry entry(ResultSet rows) throws SQLException {
        try {
            return new Entry(
                    rows.getLong("id"),
                    rows.getString("subject"),
                    ErasureState.valueOf(rows.getString("state")),
                    rows.getString("requested_by"),
                    instant(rows, "requested_at"),
                    rows.getString("waits_for"),
                    rows.getBoolean("was_there"),
                    rows.getLong("version"),
                    instant(rows, "arrived_at"),
                    instant(rows, "erased_at"),
                    json.readValue(rows.getString("erased"), new TypeReference<List<Erased>>() {}),
                    rows.getLong("scan_to"),
                    instant(rows, "compacted_by"),
                    instant(rows, "topics_clean_at"),
                    rows.getInt("looks"));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Instant instant(ResultSet rows, String column) throws SQLException {
        OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.withOffsetSameInstant(ZoneOffset.UTC).toInstant();
    }

    private static int change(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            return statement.executeUpdate();
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

    /** A row. {@code version} is that of the deletion, {@code scanTo} an offset; both 0 while they are not known. */
    record Entry(
            long id,
            String subject,
            ErasureState state,
            String requestedBy,
            Instant requestedAt,
            String waitsFor,
            boolean wasThere,
            long version,
            Instant arrivedAt,
            Instant erasedAt,
            List<Erased> erased,
            long scanTo,
            Instant compactedBy,
            Instant topicsCleanAt,
            int looks) {

        long user() {
            return UserErasure.id(subject).orElseThrow();
        }
    }
}
