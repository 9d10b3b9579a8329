package io.streamviews.rest;

import io.streamviews.postgres.NoAnswerException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Tells failures to reach the database, which pass, from failures in the database, which do not. */
final class DatabaseAway {

    /** SQLSTATE: out of connections, no lock in time, cancelled by a time-out, shut down, crashed, starting up. */
    private static final Set<String> PASSING = Set.of("53300", "55P03", "57014", "57P01", "57P02", "57P03");

    private DatabaseAway() {}

    static boolean causes(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof io.smallrye.mutiny.TimeoutException
                    || cause instanceof NoAnswerException
                    || cause instanceof ClosedConnectionException
                    || cause instanceof ConnectionPoolTooBusyException
                    || cause instanceof PgException sql && passes(sql.getSqlState())) {
                return true;
            }
        }
        return false;
    }

    private static boolean passes(String state) {
        return state != null && (state.startsWith("08") || PASSING.contains(state));
    }
}
