package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Creates users, any number in one statement: entity, event and idempotency key stand or fall together without a
 * transaction around it. The columns come as arrays, so one text serves one user and thousands.
 */
public final class UserInserts {

    private static final String RESERVE =
            "SELECT array_agg(nextval('public.users_id_seq')) FROM generate_series(1, $1)";

    /**
     * Where nobody has a key. The arrays are taken apart by each INSERT for itself: as rows of a CTE for both, everything
     * would be copied four times.
     */
    static final String INSERT =
            """
            WITH incoming AS (
                SELECT $1::bigint[] AS ids, $2::text[] AS names, $3::text[] AS emails, $4::text[] AS departments,
                       $5::text[] AS statuses, $6::timestamptz AS created_at, $7::text[] AS payloads,
                       $8::text[] AS traces),
            entities AS (
                INSERT INTO public.users (id, name, email, department, status, created_at, updated_at, version)
                SELECT unnest(ids), unnest(names), unnest(emails), unnest(departments), unnest(statuses), created_at,
                       created_at, 1
                  FROM incoming)
            INSERT INTO public.event_log
                   (aggregate_type, aggregate_id, version, event_type, message_key, payload, occurred_at, traceparent)
            SELECT 'user', e.id, 1, 'USER_CREATED', e.id::text, e.payload::json, e.created_at, e.trace
              FROM (SELECT unnest(ids) AS id, unnest(payloads) AS payload, unnest(traces) AS trace, created_at
                      FROM incoming) AS e
            """;

    /** Whoever comes second with a key waits for the first, and is left out; the answer names those left out. */
    private static final String INSERT_ONCE =
            """
            WITH incoming AS (
                SELECT *, $6::timestamptz AS created_at
                  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $7::text[], $8::text[], $9::text[],
                              $10::bytea[])
                    AS i(id, name, email, department, status, payload, trace, key, fingerprint)),
            claimed AS (
                INSERT INTO public.idempotency_key (key, fingerprint, user_id)
                SELECT key, fingerprint, id FROM incoming WHERE key IS NOT NULL ORDER BY key
                ON CONFLICT (key) DO NOTHING
                RETURNING user_id),
            fresh AS (
                SELECT * FROM incoming WHERE key IS NULL OR id IN (SELECT user_id FROM claimed)),
            entities AS (
                INSERT INTO public.users (id, name, email, department, status, created_at, updated_at, version)
                SELECT id, name, email, department, status, created_at, created_at, 1 FROM fresh),
            events AS (
                INSERT INTO public.event_log
                       (aggregate_type, aggregate_id, version, event_type, message_key, payload, occurred_at,
                        traceparent)
                SELECT 'user', f.id, 1, 'USER_CREATED', f.id::text, f.payload::json, f.created_at, f.trace
                FROM fresh f ORDER BY f.id)
            SELECT id FROM incoming WHERE key IS NOT NULL AND id NOT IN (SELECT user_id FROM claimed)
            """;

    private UserInserts() {}

    /** New ids, ascending. */
    static Uni<List<Long>> reserve(SqlClient client, int count) {
        return count == 0
                ? Uni.createFrom().item(List.of())
                : client.preparedQuery(RESERVE)
                        .execute(Tuple.of(count))
                        .map(rows -> List.of(rows.iterator().next().getArrayOfLongs(0)));
    }

    /**
     * Creates the users whose keys are new.
     *
     * @param created the events, in the order of the users, all at the same time
     * @return the ids of those left out, because their key has been used before
     */
    public static Uni<Set<Long>> insert(SqlClient client, List<NewUser> users, List<UserEvent> created) {
        if (created.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        List<Object> columns = new ArrayList<>(List.of(
                column(created, new Long[0], UserEvent::userId),
                column(created, new String[0], event -> event.user().name()),
                column(created, new String[0], event -> event.user().email()),
                column(created, new String[0], event -> event.user().department()),
                column(created, new String[0], event -> event.user().status().name()),
                created.get(0).timestamp().atOffset(ZoneOffset.UTC),
                column(created, new String[0], UserEvent.CODEC::encode)));
        columns.add(
                users.stream().allMatch(user -> user.traceparent() == null)
                        ? null
                        : column(users, new String[0], NewUser::traceparent));
        if (users.stream().allMatch(user -> user.key() == null)) {
            return client.preparedQuery(INSERT).execute(Tuple.from(columns)).map(rows -> Set.of());
        }
        columns.add(column(
                users,
                new String[0],
                user -> user.key() == null ? null : user.key().value()));
        columns.add(
                column(users, new Buffer[0], user -> user.key() == null ? null : Buffer.buffer(user.fingerprint())));
        return client.preparedQuery(INSERT_ONCE).execute(Tuple.from(columns)).map(rows -> {
            Set<Long> leftOut = new HashSet<>();
            rows.forEach(row -> leftOut.add(row.getLong(0)));
            return leftOut;
        });
    }

    private static <T, V> V[] column(List<T> rows, V[] type, Function<T, V> value) {
        V[] values = Arrays.copyOf(type, rows.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return values;
    }
}
