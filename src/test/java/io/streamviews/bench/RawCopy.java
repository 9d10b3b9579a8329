package io.streamviews.bench;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** The limit of a rebuild: PostgreSQL takes the rows of base views by COPY, on one connection, into tables without indexes. */
final class RawCopy {

    private RawCopy() {}

    /** Rows a second; reading them first does not count. */
    static long rowsPerSecond(Connection connection, List<String> tables) throws SQLException, IOException {
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        long rows = 0;
        long nanos = 0;
        try (Statement statement = connection.createStatement()) {
            for (String table : tables) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                copy.copyOut("COPY views.%s TO STDOUT (FORMAT binary)".formatted(table), content);
                statement.execute("CREATE TABLE public.raw_copy (LIKE views.%s)".formatted(table));
                long start = System.nanoTime();
                rows += copy.copyIn(
                        "COPY public.raw_copy FROM STDIN (FORMAT binary)",
                        new ByteArrayInputStream(content.toByteArray()));
                nanos += System.nanoTime() - start;
                statement.execute("DROP TABLE public.raw_copy");
            }
        }
        return rows * 1_000_000_000 / nanos;
    }
}
