package io.streamviews.postgres;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.util.List;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** Statements without parameters, and what they answer. */
public final class Sql {

    private Sql() {}

    public static Uni<Void> run(SqlClient client, String statement) {
        return client.query(statement).execute().replaceWithVoid();
    }

    /** One after the other; none after one that fails. */
    public static Uni<Void> run(SqlClient client, List<String> statements) {
        Uni<Void> all = Uni.createFrom().voidItem();
        for (String statement : statements) {
            all = all.chain(() -> run(client, statement));
        }
        return all;
    }

    /** Of a query that answers with one row, or of the first one's. */
    public static <T> Uni<T> one(SqlClient client, String query, Function<Row, T> read) {
        return client.query(query)
                .execute()
                .map(rows -> read.apply(rows.iterator().next()));
    }

    public static <T> Uni<List<T>> list(SqlClient client, String query, Function<Row, T> read) {
        return client.query(query).execute().map(rows -> read(rows, read));
    }

    /** The first column. */
    public static Uni<List<String>> texts(SqlClient client, String query) {
        return list(client, query, row -> row.getString(0));
    }

    /** All that was answered. */
    public static <T> List<T> read(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }
}
