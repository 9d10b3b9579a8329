package io.streamviews.user.bulk;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.ConsistencyToken;
import io.streamviews.kafka.Partitions;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.UserEvent;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How far a stream of users is committed; kept under the stream's key, by the transaction of the chunk that ends there.
 *
 * @param lines read and dealt with, from the first on
 * @param digest of these lines; null if the stream has no key, and nobody will compare
 * @param firstId null until a user has been accepted
 * @param lastInPartitions the last user in each partition. Views that hold these hold the whole stream: its chunks are
 *     committed one after the other, the relay publishes in the order of commits, and the views apply a partition in its order
 * @param complete whether there are no more lines
 */
record Checkpoint(
        long lines,
        byte[] digest,
        long accepted,
        Long firstId,
        Long lastId,
        List<Long> lastInPartitions,
        boolean complete) {

    static final Checkpoint NONE = new Checkpoint(0, null, 0, null, null, List.of(), false);

    private static final String FIND =
            """
            SELECT lines, fingerprint, accepted, first_id, last_id, last_in_partitions, complete
            FROM public.idempotency_key WHERE key = $1
            """;

    /** Only if the former one is still there: of two requests with one key, one goes on. The key of a single user has no lines. */
    private static final String SAVE =
            """
            INSERT INTO public.idempotency_key AS k
                   (key, lines, fingerprint, accepted, first_id, last_id, last_in_partitions, complete)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $9)
            ON CONFLICT (key) DO UPDATE
            SET lines = excluded.lines, fingerprint = excluded.fingerprint, accepted = excluded.accepted,
                first_id = excluded.first_id, last_id = excluded.last_id,
                last_in_partitions = excluded.last_in_partitions, complete = excluded.complete, used_at = now()
            WHERE k.lines = $8
            """;

    /** The last checkpoint of a stream; fails with a {@link RefusedException} if the key is that of a single user. */
    static Uni<Checkpoint> find(SqlClient client, IdempotencyKey key) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(key.value()))
                .map(rows -> rows.iterator().hasNext() ? of(rows.iterator().next()) : NONE);
    }

    /** The checkpoint behind the next chunk, which has created the users with these ids. */
    Checkpoint next(long lines, byte[] digest, List<Long> ids, int partitions, boolean complete) {
        boolean none = ids.isEmpty();
        return new Checkpoint(
                lines,
                digest,
                accepted + ids.size(),
                firstId == null && !none ? ids.get(0) : firstId,
                none ? lastId : ids.get(ids.size() - 1),
                lastOf(Stream.concat(lastInPartitions.stream(), ids.stream()), partitions),
                complete);
    }

    /**
     * The token of all users so far; null if there are none.
     *
     * @param partitions that there are now; there may have been another number of them when this was written
     */
    String token(int partitions) {
        return lastInPartitions.isEmpty()
                ? null
                : new ConsistencyToken(lastOf(lastInPartitions.stream(), partitions).stream()
                                .<ConsistencyToken.Place>map(
                                        id -> new ConsistencyToken.Write(UserEvent.AGGREGATE, id, 1))
                                .toList())
                        .toString();
    }

    /** Ids ascend in the order of the log. */
    private static List<Long> lastOf(Stream<Long> ids, int partitions) {
        Map<Integer, Long> last = new TreeMap<>();
        ids.sorted().forEach(id -> last.put(Partitions.of(Long.toString(id), partitions), id));
        return List.copyOf(last.values());
    }

    /**
     * Replaces the former checkpoint in the connection's transaction; fails with a {@link RefusedException} if another
     * request has done so, or if the key is that of a single user.
     */
    Uni<Void> save(SqlConnection connection, IdempotencyKey key, Checkpoint former) {
        return connection
                .preparedQuery(SAVE)
                .execute(Tuple.of(key.value(), lines, Buffer.buffer(digest), accepted, firstId, lastId)
                        .addArrayOfLong(lastInPartitions.toArray(Long[]::new))
                        .addLong(former.lines)
                        .addBoolean(complete))
                .chain(moved -> moved.rowCount() > 0
                        ? Uni.createFrom().voidItem()
                        : find(connection, key).map(elsewhere -> {
                            throw RefusedException.of(
                                    ProblemType.IDEMPOTENCY_KEY_IN_USE,
                                    "Another request with the same " + IdempotencyKey.HEADER + " is at work");
                        }));
    }

    private static Checkpoint of(Row row) {
        if (row.getLong("lines") == null) {
            throw RefusedException.of(
                    ProblemType.IDEMPOTENCY_KEY_REUSED, IdempotencyKey.HEADER + ": the key was used for a single user");
        }
        return new Checkpoint(
                row.getLong("lines"),
                row.getBuffer("fingerprint").getBytes(),
                row.getLong("accepted"),
                row.getLong("first_id"),
                row.getLong("last_id"),
                List.of(row.getArrayOfLongs("last_in_partitions")),
                row.getBoolean("complete"));
    }
}
