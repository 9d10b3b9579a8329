package io.streamviews.projection;

import io.streamviews.postgres.NoAnswerException;
import io.streamviews.postgres.Reason;
import io.vertx.pgclient.PgException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What keeps a partition from being written, in words for people.
 *
 * @param lasting whether somebody has to act, because waiting alone does not help
 * @param since when it began
 */
public record WriteFailure(int partition, String reason, boolean lasting, Instant since) {

    private static final String TOO_SLOW = "if batches need longer, raise streamviews.projection.write-timeout or lower"
            + " streamviews.projection.batch-max-rows";

    /** What to do, by SQLSTATE or its class; see PostgreSQL, Appendix A. */
    private static final Map<String, String> LASTING = Map.of(
            "42501", "grant the application's database user what it needs",
            "42", "restore what the view files have made",
            "3F", "restore what the view files have made",
            "28", "let the database user in, or correct quarkus.datasource.username and .password and start anew",
            "3D", "create the database, or correct streamviews.database.name and start anew");

    private static final Map<String, String> PASSING = Map.of("57014", TOO_SLOW, "55P03", TOO_SLOW);

    static WriteFailure of(int partition, Throwable failure, Instant since) {
        Optional<String> remedy = find(LASTING, state(failure));
        String advice = remedy.or(() ->
                        failure instanceof NoAnswerException ? Optional.of(TOO_SLOW) : find(PASSING, state(failure)))
                .map(what -> "; " + what)
                .orElse("");
        String message = Reason.of(failure);
        return new WriteFailure(partition, message + advice, remedy.isPresent(), since);
    }

    private static String state(Throwable failure) {
        return failure instanceof PgException refused && refused.getSqlState() != null ? refused.getSqlState() : "";
    }

    private static Optional<String> find(Map<String, String> advice, String state) {
        String family = state.length() < 2 ? "" : state.substring(0, 2);
        return Optional.ofNullable(advice.getOrDefault(state, advice.get(family)));
    }

    @Override
    public String toString() {
        return "partition %d: %s".formatted(partition, reason);
    }
}
