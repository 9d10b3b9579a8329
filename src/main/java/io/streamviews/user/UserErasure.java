package io.streamviews.user;

import io.streamviews.eventlog.MalformedEventException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is personal of a user, which is the name and the e-mail address, and where the write model keeps it. Each statement
 * can be repeated; all are of the caller's transaction. Blocks.
 */
public final class UserErasure {

    private static final Pattern SUBJECT = Pattern.compile("user:([1-9]\\d{0,18})");

    private static final String LAST_EVENT =
            """
            SELECT event_type FROM public.event_log
             WHERE aggregate_type = 'user' AND aggregate_id = ? ORDER BY version DESC LIMIT 1
            """;

    private static final String SAID =
            """
            SELECT DISTINCT said.value
              FROM public.event_log AS e,
                   LATERAL (VALUES (e.payload #>> '{user,name}'), (e.payload #>> '{user,email}')) AS said(value)
             WHERE e.aggregate_type = 'user' AND e.aggregate_id = ?
               AND said.value NOT IN ('erased', 'erased@erased.invalid')
            """;

    /**
     * Digests of a request that has created the user, or of a stream that may have. A repetition is refused then, and creates
     * nobody. A stream that has not come to its end still needs its digest.
     */
    private static final String FORGET_KEYS =
            """
            UPDATE public.idempotency_key SET fingerprint = ''::bytea
             WHERE (user_id = ? OR complete AND ? BETWEEN first_id AND last_id) AND fingerprint <> ''::bytea
            """;

    private static final String FORGET = "SELECT public.forget_user(?)";

    private UserErasure() {}

    /** How a user is called where people and other things may be forgotten. */
    public static String subject(long id) {
        return "user:" + id;
    }

    /** The user's id; empty if it is none. */
    public static OptionalLong id(String subject) {
        Matcher user = SUBJECT.matcher(subject == null ? "" : subject);
        try {
            return user.matches() ? OptionalLong.of(Long.parseLong(user.group(1))) : OptionalLong.empty();
        } catch (NumberFormatException tooLarge) {
            return OptionalLong.empty();
        }
    }

    /** Whether there is such a user just now; empty if there never was. */
    public static Optional<Boolean> isThere(Connection connection, long id) throws SQLException {
        return texts(connection, LAST_EVENT, id).stream()
                .findFirst()
                .map(last -> !last.equals(UserEvent.Type.USER_DELETED.name()));
    }

    /** Whether a record under a user's key still says something of a person, or cannot be read. */
    public static boolean isPersonal(byte[] value) {
        try {
            UserData user = value == null ? null : UserEvent.CODEC.decode(value).user();
            return user != null && !user.isErased();
        } catch (MalformedEventException e) {
            return true;
        }
    }

    /** Every name and e-mail address that the log knows of a user; once it is forgotten, none. */
    public static List<String> personalData(Connection connection, long id) throws SQLException {
        return texts(connection, SAID, id);
    }

    public static long forgetKeys(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FORGET_KEYS)) {
            statement.setLong(1, id);
            statement.setLong(2, id);
            return statement.executeUpdate();
        }
    }

    /** Tells how many events of the log have said something. */
    public static long forgetEvents(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setLong(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private static List<String> texts(Connection connection, String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                List<String> texts = new ArrayList<>();
                while (rows.next()) {
                    texts.add(rows.getString(1));
                }
                return texts;
            }
        }
    }
}
