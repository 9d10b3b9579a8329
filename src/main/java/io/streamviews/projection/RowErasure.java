package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.streamviews.source.Message;
import io.streamviews.source.RowKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Erases a row's content, and what other base views have of the same records, if their keys tell, from every generation: the
 * live one, the former one, one that is being built, one that an interrupted verification has left. A tombstone stays, so that
 * no older event brings it back. Runs in the caller's transaction, serialized with the partition's batches and with exchanges
 * of generations: it locks the live positions first, and only then looks which generations there are. Blocks.
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
            """
                    + TombstoneSql.MERGE;

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
    private final Records records;
    private final String key;
    private final Declared views;

    /**
     * @param live the schema of the generation that people read
     * @param records of the row
     * @param views the base views of a generation
     */
    public RowErasure(Connection connection, String live, BaseView view, Records records, Declared views) {
        this.connection = connection;
        this.live = live;
        this.view = view;
        this.records = records;
        this.key = records.key();
        this.views = views;
    }

    /**
     * Tells which base views a schema declares. On the connection that erases: who drops the schema waits for that one, and
     * PostgreSQL notices that each waits for the other only if it is one that asks.
     */
    @FunctionalInterface
    public interface Declared {

        List<BaseView> in(Connection connection, String schema) throws SQLException;
    }

    /**
     * The records that a row is made of.
     *
     * @param key theirs, and the row's, as text
     */
    public record Records(String key, int partition) {}

    /** How much of it there was in a table; of the view itself, with its dead letters. */
    public record Erased(String generation, String table, long rows, long letters) {}

    /** Whether people do not see the row any more, and no event before this version can bring it back. */
    public boolean hasGone(long version) throws SQLException {
        try (PreparedStatement statement = prepare(HAS_GONE.formatted(live), view.table(), key, version);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    public List<Erased> erase() throws SQLException {
        List<Erased> erased = new ArrayList<>(erase(live));
        for (String generation : others()) {
            erased.addAll(erase(generation));
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

    private List<Erased> erase(String schema) throws SQLException {
        try (PreparedStatement lock = prepare(PositionSql.turn(schema, records.partition()))) {
            lock.execute();
        }
        List<Erased> erased = new ArrayList<>();
        long rows = delete(schema, view, key);
        long letters = change(BLANK.formatted(schema, ERASED), view.table(), key, view.topic(), key.getBytes(UTF_8));
        erased.add(new Erased(schema, view.table(), rows, letters));
        for (BaseView other : views.in(connection, schema)) {
            RowKey own = other.topic().equals(view.topic()) && !other.table().equals(view.table())
                    ? other.rowOf(new Message(key.getBytes(UTF_8), null, 0))
                    : null;
            if (own != null) {
                erased.add(new Erased(schema, other.table(), delete(schema, other, own.toString()), 0));
            }
        }
        return erased;
    }

    private long delete(String schema, BaseView from, String row) throws SQLException {
        if (!schema.equals(live)) {
            change(LEAVE_TOMBSTONE.formatted(schema, live), from.table(), row);
        }
        return change(
                DELETE.formatted(schema, Identifiers.quoted(from.table()), KeySql.matches(from, "v", "k.key")), row);
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
