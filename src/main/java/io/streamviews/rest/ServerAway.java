package io.streamviews.rest;

import com.fasterxml.jackson.core.JacksonException;
import io.streamviews.postgres.NoAnswerException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.RetriableException;

/** Tells failures to reach a server, which pass, from failures in it, which do not. */
final class ServerAway {

    /** SQLSTATE: out of connections, no lock in time, cancelled by a time-out, shut down, crashed, starting up. */
    private static final Set<String> PASSING = Set.of("53300", "55P03", "57014", "57P01", "57P02", "57P03");

    private ServerAway() {}

    /** What cannot be reached, for people; empty if that is not what went wrong. */
    static Optional<String> named(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RetriableException) {
                return Optional.of("Kafka");
            }
            if (isOfTheDatabase(cause)) {
                return Optional.of("The database");
            }
        }
        return Optional.empty();
    }

    /** An SQLException without a state is no word of PostgreSQL's: there was no connection to be had. */
    private static boolean isOfTheDatabase(Throwable cause) {
        return cause instanceof IOException && !(cause instanceof JacksonException)
                || cause instanceof TimeoutException
                || cause instanceof io.smallrye.mutiny.TimeoutException
                || cause instanceof NoAnswerException
                || cause instanceof ClosedConnectionException
                || cause instanceof ConnectionPoolTooBusyException
                || cause instanceof PgException sql && passes(sql.getSqlState())
                || cause instanceof SQLException jdbc && (jdbc.getSQLState() == null || passes(jdbc.getSQLState()));
    }

    private static boolean passes(String state) {
        return state != null && (state.startsWith("08") || PASSING.contains(state));
    }
}
