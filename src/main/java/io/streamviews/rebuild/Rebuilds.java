package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.Sql;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.RefusedException;
import io.vertx.core.json.JsonArray;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * The rebuilds there were and the one under way, for all instances. Whoever works on it says with every step at which
 * attempt it does, so that one that has been replaced changes nothing.
 */
@ApplicationScoped
public class Rebuilds {

    /** Who works on a rebuild has this lock, for as long as his session lives. */
    static final long LOCK = 7_239_378_213_490L;

    private static final String ALREADY_THERE = "23505";

    private static final String REQUEST =
            """
            INSERT INTO public.rebuild (state, views, hold, drop_removed) VALUES ('PREPARING', $1, $2, $3) RETURNING
            """
                    + Rebuild.COLUMNS;
    private static final String FIND =
            "SELECT " + Rebuild.COLUMNS + ", changes::text AS changes FROM public.rebuild WHERE id = $1";
    private static final String PAGE = "SELECT " + Rebuild.COLUMNS + " FROM public.rebuild WHERE id > $1 ORDER BY id";
    private static final String UNDER_WAY = "SELECT " + Rebuild.COLUMNS
            + " FROM public.rebuild WHERE finished_at IS NULL AND (coalesce(views, $1) = $1 OR cancel_requested)";
    private static final String REQUEST_CANCEL =
            """
            UPDATE public.rebuild SET cancel_requested = true WHERE id = $1 AND finished_at IS NULL RETURNING
            """
                    + Rebuild.COLUMNS;
    private static final String CANCEL_LEFT =
            """
            UPDATE public.rebuild
            SET cancel_requested = true, error = 'Nobody who has its view files has gone on with it, and an instance with others waits'
            WHERE id = $1 AND finished_at IS NULL AND xmin::text = $2
            """;
    private static final String CLAIM =
            """
            UPDATE public.rebuild SET attempt = attempt + 1, runner = $1
            WHERE finished_at IS NULL AND (coalesce(views, $2) = $2 OR cancel_requested)
            RETURNING changes::text AS changes,
            """
                    + Rebuild.COLUMNS;
    private static final String APPROVE =
            """
            UPDATE public.rebuild SET approved_at = coalesce(approved_at, now()) WHERE id = $1 AND state = 'HELD' RETURNING
            """
                    + Rebuild.COLUMNS;
    private static final String IS_APPROVED = "SELECT approved_at IS NOT NULL FROM public.rebuild WHERE id = $1";

    /** One whose process has died says what it did until somebody goes on with it, which may be nobody. */
    private static final String IS_WORKED_ON =
            """
            SELECT EXISTS (SELECT FROM public.rebuild WHERE %%s AND finished_at IS NULL)
               AND EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                           WHERE l.locktype = 'advisory' AND l.classid = %d AND l.objid = %d AND l.objsubid = 1
                             AND l.granted AND d.datname = current_database())
            """
                    .formatted(LOCK >>> 32, LOCK & 0xFFFF_FFFFL);

    private static final String IS_COMPARING = IS_WORKED_ON.formatted("state = 'COMPARING'");
    private static final String IS_AT_WORK = IS_WORKED_ON.formatted("state <> 'HELD'");

    private static final String TELL =
            "UPDATE public.rebuild SET changes = $3::text::jsonb WHERE id = $1 AND attempt = $2";
    private static final String MOVE =
            """
            UPDATE public.rebuild SET state = $3 WHERE id = $1 AND attempt = $2 AND finished_at IS NULL
            """;
    private static final String REPORT =
            """
            UPDATE public.rebuild SET events_done = $3, events_total = $4, events_per_second = coalesce($5, events_per_second)
            WHERE id = $1 AND attempt = $2 AND finished_at IS NULL
            RETURNING cancel_requested
            """;
    private static final String NOTE =
            """
            UPDATE public.rebuild SET error = $3 WHERE id = $1 AND attempt = $2 AND finished_at IS NULL
            """;
    private static final String FINISH =
            """
            UPDATE public.rebuild
            SET state = $3, error = CASE $3 WHEN 'CANCELLED' THEN error ELSE $4 END, finished_at = now(), runner = NULL
            WHERE id = $1 AND attempt = $2 AND finished_at IS NULL AND NOT ($3 = 'DONE' AND cancel_requested)
            """;

    private static final String HOLD_OTHERS = "LOCK TABLE public.rebuild IN SHARE ROW EXCLUSIVE MODE";

    /** Only the last one's former generation is still there, if it is: one that ends before it begins leaves it there. */
    private static final String ROLLED_BACK =
            """
            UPDATE public.rebuild SET state = 'ROLLED_BACK'
            WHERE id = $1 AND state = 'DONE'
              AND id = (SELECT max(id) FROM public.rebuild WHERE state IN ('DONE', 'ROLLED_BACK'))
              AND NOT EXISTS (SELECT FROM public.rebuild WHERE finished_at IS NULL)
            RETURNING
            """
                    + Rebuild.COLUMNS;

    private final Pool pool;

    Rebuilds(Pool pool) {
        this.pool = pool;
    }

    /**
     * Asks for a rebuild; some instance begins within a second. Fails (409) while there is one.
     *
     * @param views the fingerprint of the files that the new generation is made of
     * @param hold whether it waits for approval before the exchange
     * @param dropRemoved base views of which it does without what the topics do not hold any more
     */
    public Uni<Rebuild> request(String views, boolean hold, List<String> dropRemoved) {
        return pool.preparedQuery(REQUEST)
                .execute(Tuple.of(views, hold, dropRemoved.toArray(String[]::new)))
                .onFailure(Rebuilds::isThereAlready)
                .transform(there -> RefusedException.conflict("A rebuild is under way already"))
                .map(Rebuilds::one);
    }

    /** Whether a statement was refused because there can be one at a time. */
    static boolean isThereAlready(Throwable failure) {
        return failure instanceof PgException refused && ALREADY_THERE.equals(refused.getSqlState());
    }

    /** Fails (404) if there is none. */
    public Uni<Rebuild> find(long id) {
        return pool.preparedQuery(FIND).execute(Tuple.of(id)).map(rows -> optional(rows)
                .orElseThrow(() -> RefusedException.unknown("Rebuild", id)));
    }

    public Uni<Page<Rebuild>> list(PageRequest page) {
        return pool.preparedQuery(page.bound().cut(PAGE, "octet_length(error)"))
                .execute(Tuple.of(page.after()))
                .map(rows -> Page.of(rows, Rebuild::of));
    }

    /** Has one that is held go on with the exchange. Fails (409) if it is not held. */
    public Uni<Rebuild> approve(long id) {
        return pool.preparedQuery(APPROVE).execute(Tuple.of(id)).flatMap(rows -> optional(rows)
                .map(approved -> Uni.createFrom().item(approved))
                .orElseGet(() -> find(id).map(other -> {
                    throw RefusedException.conflict(
                            "Rebuild %d is %s, and not held for approval".formatted(id, other.state()));
                })));
    }

    static Uni<Boolean> isApproved(SqlClient control, Rebuild rebuild) {
        return control.preparedQuery(IS_APPROVED)
                .execute(Tuple.of(rebuild.id()))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    static Uni<Void> tell(SqlClient control, Rebuild rebuild, JsonArray changes) {
        return control.preparedQuery(TELL)
                .execute(Tuple.of(rebuild.id(), rebuild.attempt(), changes.encode()))
                .replaceWithVoid();
    }

    /** Fails (409) if it is over already. */
    public Uni<Rebuild> requestCancel(long id) {
        return pool.preparedQuery(REQUEST_CANCEL).execute(Tuple.of(id)).flatMap(rows -> optional(rows)
                .map(asked -> Uni.createFrom().item(asked))
                .orElseGet(() -> find(id).map(over -> {
                    throw RefusedException.conflict("Rebuild %d is %s already".formatted(id, over.state()));
                })));
    }

    /**
     * Does so, and says why, if nothing has been written of it since.
     *
     * @param sign the {@code xmin} of its row, which who works on it changes twice a second
     */
    Uni<Boolean> cancelLeft(long id, String sign) {
        return changed(pool.preparedQuery(CANCEL_LEFT).execute(Tuple.of(id, sign)));
    }

    /** The rebuild that an instance with these view files may work on; to end one that is cancelled, any may. */
    Uni<Optional<Rebuild>> underWay(String views) {
        return pool.preparedQuery(UNDER_WAY).execute(Tuple.of(views)).map(Rebuilds::optional);
    }

    /** Begins an attempt at what is under way; to be called by who holds the lock, on the connection that holds it. */
    static Uni<Optional<Rebuild>> claim(SqlClient control, String runner, String views) {
        return control.preparedQuery(CLAIM).execute(Tuple.of(runner, views)).map(Rebuilds::optional);
    }

    static Uni<Boolean> move(SqlClient control, Rebuild rebuild, RebuildState state) {
        return changed(control.preparedQuery(MOVE).execute(Tuple.of(rebuild.id(), rebuild.attempt(), state.name())));
    }

    /** @param rate null if it is not filling */
    Uni<Report> report(Rebuild rebuild, long done, long total, Long rate) {
        return report(pool, rebuild, done, total, rate);
    }

    static Uni<Report> report(SqlClient client, Rebuild rebuild, long done, long total, Long rate) {
        return client.preparedQuery(REPORT)
                .execute(Tuple.of(rebuild.id(), rebuild.attempt(), done, total, rate))
                .map(rows -> rows.size() == 0
                        ? Report.REPLACED
                        : rows.iterator().next().getBoolean(0) ? Report.CANCEL : Report.GO_ON);
    }

    Uni<Boolean> note(Rebuild rebuild, String error) {
        return changed(pool.preparedQuery(NOTE).execute(Tuple.of(rebuild.id(), rebuild.attempt(), error)));
    }

    static Uni<Boolean> finish(SqlClient control, Rebuild rebuild, RebuildState state, String error) {
        return changed(
                control.preparedQuery(FINISH).execute(Tuple.of(rebuild.id(), rebuild.attempt(), state.name(), error)));
    }

    /** Whether rows are being compared that may be told of afterwards: by who has the lock, or not at all. Blocks. */
    public static boolean isComparing(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(IS_COMPARING)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /** Whether somebody builds a generation just now, of whatever files; to keep one nearly level until it is approved is little work. */
    Uni<Boolean> isAtWork() {
        return Sql.one(pool, IS_AT_WORK, row -> row.getBoolean(0));
    }

    /** Until the transaction has ended, no other rebuild begins, which would drop the former generation. */
    static Uni<Void> holdOthers(SqlClient client) {
        return Sql.run(client, HOLD_OTHERS);
    }

    /** Absent unless it is the last rebuild that is done, and no other one is under way. */
    static Uni<Optional<Rebuild>> rolledBack(SqlClient client, long id) {
        return client.preparedQuery(ROLLED_BACK).execute(Tuple.of(id)).map(Rebuilds::optional);
    }

    /** What the answer to a report asks of the one who works on the rebuild. */
    enum Report {
        GO_ON,
        CANCEL,
        REPLACED
    }

    private static Uni<Boolean> changed(Uni<RowSet<Row>> update) {
        return update.map(rows -> rows.rowCount() == 1);
    }

    private static Rebuild one(RowSet<Row> rows) {
        return optional(rows).orElseThrow();
    }

    private static Optional<Rebuild> optional(RowSet<Row> rows) {
        return Sql.read(rows, Rebuild::of).stream().findFirst();
    }
}
