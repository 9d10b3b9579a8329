package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowIterator;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Has a derived view that fails stand still, so that the base views go on: what is wrong with it is no fault of the event
 * that has shown it. PostgreSQL says in which trigger function a statement has failed, and its catalogue whose that is.
 */
public final class Suspensions {

    private static final Logger LOG = Logger.getLogger(Suspensions.class);

    /** Connections, conflicts, what there is too little of, what is shut down, operating system. */
    private static final Set<String> PASSING = Set.of("08", "40", "53", "57", "58");

    /** What is in use, or held by others. */
    private static final Set<String> HELD = Set.of("55006", "55P03");

    /** Of functions that call each other the innermost is named first. */
    private static final String FAILING =
            """
            SELECT d.name
            FROM %1$s.derived_view d
            JOIN pg_trigger t ON starts_with(t.tgname, 'derived_' || to_char(d.ordinal, 'FM000') || '_')
                             AND t.tgqual IS NOT NULL
            JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = '%1$s'::regnamespace
            JOIN pg_proc p ON p.oid = t.tgfoid,
            strpos($1, quote_ident(p.proname) || '()') AS place
            WHERE place > 1 AND substr($1, place - 1, 1) !~ '[[:alnum:]_$"]'
            ORDER BY place LIMIT 1
            """;

    private static final String SUSPEND = "SELECT coalesce(string_agg(name, ', '), '') FROM %s.suspend($1, $2) AS name";

    /** Generations of releases that did not know what is derived from what have no such function. */
    private static final String KNOWS_DERIVATIONS = "SELECT to_regprocedure('%s.suspend(text, text)') IS NOT NULL";

    private static final String SUSPEND_ALONE =
            """
            WITH suspended AS (UPDATE %s.derived_view SET suspended_at = clock_timestamp(), error = $2
                               WHERE name = $1 AND suspended_at IS NULL
                               RETURNING name)
            SELECT coalesce(string_agg(name, ', '), '') FROM suspended
            """;

    private static final String RESUME = "CALL %1$s.resume('%1$s', $1)";
    private static final String IS_SUSPENDED =
            "SELECT to_jsonb(d) ->> 'suspended_at' IS NOT NULL FROM %1$s.derived_view d WHERE name = $1";

    /** A derived view that stands still. */
    public record Suspension(String view, Instant since, String error) {

        @Override
        public String toString() {
            return "%s since %s: %s".formatted(view, since, error);
        }
    }

    private final ViewTransactions transactions;
    private final String failing;
    private final String knowsDerivations;
    private final String suspend;
    private final String suspendAlone;
    private final String resume;
    private final String isSuspended;

    /** @param schema the generation's */
    public Suspensions(ViewTransactions transactions, String schema) {
        this.transactions = transactions;
        this.failing = FAILING.formatted(schema);
        this.knowsDerivations = KNOWS_DERIVATIONS.formatted(schema);
        this.suspend = SUSPEND.formatted(schema);
        this.suspendAlone = SUSPEND_ALONE.formatted(schema);
        this.resume = RESUME.formatted(schema);
        this.isSuspended = IS_SUSPENDED.formatted(schema);
    }

    /**
     * What becomes of a transaction; of another attempt at it, if a derived view has failed in it and is suspended now.
     *
     * @param again is asked for the next attempt
     */
    public <T> Uni<T> without(Uni<T> attempt, Supplier<Uni<T>> again) {
        return attempt.onFailure(Suspensions::isLasting).recoverWithUni(failure -> transactions
                .run(connection -> failing(connection, failure)
                        .call(view -> view == null
                                ? Uni.createFrom().nullItem()
                                : suspend(connection, view, (PgException) failure)))
                .flatMap(view -> view == null ? Uni.createFrom().failure(failure) : again.get()));
    }

    /** The derived view in which a statement has failed; null if it was in none. */
    public Uni<String> failing(SqlConnection connection, Throwable failure) {
        return isLasting(failure)
                ? connection
                        .preparedQuery(failing)
                        .execute(Tuple.of(((PgException) failure).getWhere()))
                        .map(rows -> {
                            RowIterator<Row> found = rows.iterator();
                            return found.hasNext() ? found.next().getString(0) : null;
                        })
                : Uni.createFrom().nullItem();
    }

    private Uni<Void> suspend(SqlConnection connection, String view, PgException failure) {
        return connection
                .query(knowsDerivations)
                .execute()
                .flatMap(knows -> connection
                        .preparedQuery(knows.iterator().next().getBoolean(0) ? suspend : suspendAlone)
                        .execute(Tuple.of(view, failure.getErrorMessage())))
                .map(rows -> rows.iterator().next().getString(0))
                .invoke(suspended -> {
                    if (!suspended.isEmpty()) {
                        LOG.errorf(
                                "Suspended, as far as it is known with what is derived from it: %s. Derived view %s failed: %s. Others go on; to"
                                        + " have it filled anew: POST /api/admin/projection/views/%s/resume",
                                suspended, view, failure.getErrorMessage(), view);
                    }
                })
                .replaceWithVoid();
    }

    /**
     * Fills a suspended view anew, and has it follow its base views again. These are not written meanwhile.
     *
     * <p>Fails with what PostgreSQL says if it still cannot be filled; then it stays suspended.
     *
     * @return whether there is such a view that was suspended; null if there is no such view
     */
    public Uni<Boolean> resume(String view) {
        return transactions.run(connection -> connection
                .preparedQuery(isSuspended)
                .execute(Tuple.of(view))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getBoolean(0))
                .call(suspended -> Boolean.TRUE.equals(suspended)
                        ? connection.preparedQuery(resume).execute(Tuple.of(view))
                        : Uni.createFrom().nullItem()));
    }

    /** Whether a statement of PostgreSQL failed in a function, and would fail again. */
    public static boolean isLasting(Throwable failure) {
        return failure instanceof PgException refused && refused.getWhere() != null && wouldFailAgain(refused);
    }

    /** Whether a statement failed for what it says, and not for what PostgreSQL lacks, does or shuts down just now. */
    public static boolean wouldFailAgain(PgException refused) {
        return refused.getSqlState() != null
                && !PASSING.contains(refused.getSqlState().substring(0, 2))
                && !HELD.contains(refused.getSqlState());
    }
}
