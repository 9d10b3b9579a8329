package io.streamviews.user;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What PostgreSQL can do with no HTTP and no Kafka at all: the bulk endpoint's own statement, entities and events, on one
 * plain JDBC connection.
 */
public final class RawInserts {

    private static final String SQL = UserInserts.INSERT.replaceAll("\\$\\d+", "?");

    private RawInserts() {}

    /** Creates the users, {@code batch} in a transaction. @return seconds */
    public static double run(String jdbcUrl, String user, int users, int batch, Function<Long, UserRequest> request)
            throws SQLException {
        Instant now = Instant.now();
        List<List<UserEvent>> batches = LongStream.range(0, users / batch)
                .mapToObj(i -> LongStream.rangeClosed(i * batch + 1, (i + 1) * batch)
                        .mapToObj(id -> new NewUser(request.apply(id), null, null).created(id, now))
                        .toList())
                .toList();
        long start = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, "");
                PreparedStatement insert = connection.prepareStatement(SQL)) {
            for (List<UserEvent> events : batches) {
                set(insert, 1, "bigint", events, UserEvent::userId);
                set(insert, 2, "text", events, event -> event.user().name());
                set(insert, 3, "text", events, event -> event.user().email());
                set(insert, 4, "text", events, event -> event.user().department());
                set(insert, 5, "text", events, event -> event.user().status().name());
                insert.setObject(6, OffsetDateTime.ofInstant(now, ZoneOffset.UTC));
                set(insert, 7, "text", events, UserEvent.CODEC::encode);
                insert.setArray(8, null);
                insert.executeUpdate();
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static void set(
            PreparedStatement insert, int index, String type, List<UserEvent> events, Function<UserEvent, ?> value)
            throws SQLException {
        insert.setArray(
                index,
                insert.getConnection()
                        .createArrayOf(type, events.stream().map(value).toArray()));
    }
}
