package io.streamviews.user;

import static io.streamviews.eventlog.RawAppends.set;

import io.streamviews.eventlog.RawAppends;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What PostgreSQL can do with no HTTP and no Kafka at all: the bulk endpoint's own statements, entities and events, on one
 * plain JDBC connection.
 */
public final class RawInserts {

    private static final String SQL = UserInserts.INSERT.replaceAll("\\$\\d+", "?");

    private RawInserts() {}

    /** Creates the users, {@code batch} in a transaction. @return seconds */
    public static double run(String jdbcUrl, String user, int users, int batch, Function<Long, UserRequest> request)
            throws SQLException {
        Instant now = Instant.now();
        List<List<CreatedUser>> batches = LongStream.range(0, users / batch)
                .mapToObj(i -> LongStream.rangeClosed(i * batch + 1, (i + 1) * batch)
                        .mapToObj(id -> new NewUser(request.apply(id), null, null).created(id, now))
                        .toList())
                .toList();
        long start = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, "");
                PreparedStatement insert = connection.prepareStatement(SQL);
                PreparedStatement append = RawAppends.prepare(connection)) {
            connection.setAutoCommit(false);
            for (List<CreatedUser> created : batches) {
                List<UserData> data = created.stream().map(CreatedUser::data).toList();
                set(insert, 1, "bigint", data, UserData::id);
                set(insert, 2, "text", data, UserData::name);
                set(insert, 3, "text", data, UserData::email);
                set(insert, 4, "text", data, UserData::department);
                set(insert, 5, "text", data, one -> one.status().name());
                insert.setObject(6, now.atOffset(ZoneOffset.UTC));
                insert.setObject(7, now.atOffset(ZoneOffset.UTC));
                insert.executeUpdate();
                RawAppends.append(
                        append, created.stream().map(CreatedUser::event).toList());
                connection.commit();
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }
}
