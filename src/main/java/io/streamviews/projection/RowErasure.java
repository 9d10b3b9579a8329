package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Erases a row's content from every generation: the live one, the former one, one that is being built, one that an
 * interrupted verification has left. A tombstone stays, so that no older event brings it back. Runs in the caller's
 * transaction, serialized with the partition's batches and with exchanges of generations: it locks the live positions
 * first, and only then looks which generations there are. Blocks.
 */
public final class RowErasure {

    /** What a dead letter says whose row was erased; its payload is empty. */
    public static final String ERASED = "What it said has been erased";

    private static final String HAS_GONE =
            "SELECT EXISTS (SELECT FROM %s.tombstone WHERE base_view = ? AND key = ? AND version >= ?)";

    private static final String GENERATIONS =
            """
            SELECT nspname FROM pg_namespace
            WHERE nspname <> ?
              AND (SELECT count(*) FROM pg_class
                   WHERE relnamespace = pg_namespace.oid AND relkind = 'r'
                     AND relname IN ('projection_position', 'tombstone', 'dead_letter', ?)) = 4
            ORDER BY nspname
            """;

    private static final String LEAVE_TOMBSTONE =
            """
            INSERT INTO %1$s.tombstone AS t (base_view, key, erased_before, version, source_offset)
            SELECT base_view, key, erased_before, version, source_offset
            FROM %2$s.tombstone WHERE base_view = ? AND key = ?
            ON CONFLICT (base_view, key) DO UPDATE
            SET version = excluded.version, source_offset = excluded.source_offset
            WHERE t.version IS NULL OR t.version < excluded.version
            """;

    private static final String DELETE = "DELETE FROM %1$s.%2$s v USING (SELECT ?::text AS key) AS k WHERE %3$s";

    private static final String BLANK =
            """
            UPDATE %s.dead_letter
            SET payload = CASE WHEN payload IS NOT NULL THEN ''::bytea END, headers = NULL, error = '%s'
            WHERE (base_view = ? AND row_key = ? OR topic = ? AND key = ?) AND error <> '%2$s'
            """;

    private final Connection connection;
    private final String live;
    private final BaseView view;
    private final String key;
    private final int partition;

    /**
     * @param live the schema of the generation that people read
     * @param key of the row, as text, and of its records
     */
    public RowErasure(Connection connection, String live, BaseView view, String key, int partition) {
        this.connection = connection;
        this.live = live;
        this.view = view;
        this.key = key;
        this.partition = partition;
    }

    /** How much of it there was. */
    public record Erased(String generation, long rows, long letters) {}

    /** Whether people do not see the row any more, and no event before this version can bring it back. */
    public boolean hasGone(long version) throws SQLException {
        try (PreparedStatement statement = prepare(HAS_GONE.formatted(live), view.table(), key, version);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    public List<Erased> erase() throws SQLException {
        List<Erased> erased = new ArrayList<>(List.of(erase(live)));
        for (String generation : others()) {
            erased.add(erase(generation));
        }
        return erased;
    }

    private List<String> others() throws SQLException {
        try (PreparedStatement statement = prepare(GENERATIONS, live, view.table());
                ResultSet rows = statement.executeQuery()) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }

    private Erased erase(String schema) throws SQLException {
        try (PreparedStatement lock = prepare(PositionSql.turn(schema, partition))) {
            lock.execute();
        }
        if (!schema.equals(live)) {
            change(LEAVE_TOMBSTONE.formatted(schema, live), view.table(), key);
        }
        long rows = change(
                DELETE.formatted(schema, Identifiers.quoted(view.table()), KeySql.matches(view, "v", "k.key")), key);
        long letters = change(BLANK.formatted(schema, ERASED), view.table(), key, view.topic(), key.getBytes(UTF_8));
        return new Erased(schema, rows, letters);
    }

    private long change(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }
}
