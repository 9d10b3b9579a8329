package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;

/**
 * How far a stream of users has been committed.
 *
 * @param lines read and dealt with, from the first on
 * @param digest of these lines; null if the stream has no key, and nobody will compare
 * @param firstId null until a user has been accepted
 * @param lastInPartitions see {@link LastUsers}
 */
record BulkState(long lines, byte[] digest, long accepted, Long firstId, Long lastId, List<Long> lastInPartitions) {

    static final BulkState NONE = new BulkState(0, null, 0, null, null, List.of());

    private static final String FIND =
            """
            SELECT lines, digest, accepted, first_id, last_id, last_in_partitions
            FROM public.bulk_import WHERE key = $1
            """;

    /** Only from where the stream stood: of two requests with one key, one goes on. */
    private static final String MOVE =
            """
            INSERT INTO public.bulk_import AS b (key, lines, digest, accepted, first_id, last_id, last_in_partitions)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (key) DO UPDATE
            SET lines = excluded.lines, digest = excluded.digest, accepted = excluded.accepted,
                first_id = excluded.first_id, last_id = excluded.last_id,
                last_in_partitions = excluded.last_in_partitions, updated_at = now()
            WHERE b.lines = $8
            """;

    static Uni<BulkState> find(SqlClient client, IdempotencyKey key) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(key.value()))
                .map(rows -> rows.iterator().hasNext() ? of(rows.iterator().next()) : NONE);
    }

    /** Moves a stream on in the running transaction; fails with a {@link RefusedException} if another one has. */
    Uni<Void> moveOn(SqlClient transaction, IdempotencyKey key, BulkState former) {
        return transaction
                .preparedQuery(MOVE)
                .execute(Tuple.of(key.value(), lines, Buffer.buffer(digest), accepted, firstId, lastId)
                        .addArrayOfLong(lastInPartitions.toArray(Long[]::new))
                        .addLong(former.lines))
                .invoke(rows -> {
                    if (rows.rowCount() == 0) {
                        throw RefusedException.conflict(
                                "Another request with the same " + IdempotencyKey.HEADER + " is at work");
                    }
                })
                .replaceWithVoid();
    }

    private static BulkState of(Row row) {
        return new BulkState(
                row.getLong("lines"),
                row.getBuffer("digest").getBytes(),
                row.getLong("accepted"),
                row.getLong("first_id"),
                row.getLong("last_id"),
                List.of(row.getArrayOfLongs("last_in_partitions")));
    }
}
