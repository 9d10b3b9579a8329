package io.streamviews.view;

import io.streamviews.postgres.NoAnswerException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.util.Set;

/** Tells what is wrong with a statement from what is wrong with the server that was to run it. */
final class RefusedStatements {

    /** A value that its type does not have, or with which something cannot be reckoned. */
    private static final String VALUE = "22";

    /** No such table, column, type, function or schema; not of this kind; types that do not go together. */
    private static final Set<String> NAMES = Set.of("42P01", "42703", "42704", "42883", "3F000", "42809", "42804");

    /** Classes: too many rows of a subquery; a value; an exception that a view's function raises. */
    private static final Set<String> OF_THE_DATA = Set.of("21", VALUE, "P0");

    /** Crashed; starting up or stopping. */
    private static final Set<String> DOWN = Set.of("57P02", "57P03");

    private static final int LENGTH = 5;

    private RefusedStatements() {}

    /**
     * Whether it is refused for what is in the tables or the statement, and so would be by the primary. Not so what a standby
     * alone refuses (a conflict with what it replays, 40001; writing, 25006), or names that it may not have yet.
     */
    static boolean isRefusedEverywhere(Throwable failure) {
        String state = state(failure);
        return state.length() == LENGTH && OF_THE_DATA.contains(state.substring(0, 2));
    }

    /** Whether the server could not be reached, or was lost; not that it took too long. */
    static boolean isOfTheConnection(Throwable failure) {
        String state = state(failure);
        return failure instanceof IOException
                || failure instanceof ClosedConnectionException
                || failure instanceof NoAnswerException
                || state.startsWith("08")
                || DOWN.contains(state);
    }

    static boolean hasRefusedValue(Throwable failure) {
        return state(failure).startsWith(VALUE);
    }

    /** Whether it names what is not there, or not any more. */
    static boolean isOutdated(Throwable failure) {
        return NAMES.contains(state(failure));
    }

    private static String state(Throwable failure) {
        return failure instanceof PgException refused && refused.getSqlState() != null ? refused.getSqlState() : "";
    }
}
