package io.streamviews.view;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** Tells what is wrong with a statement from what is wrong with the server that was to run it. */
final class RefusedStatements {

    /** A value that its type does not have, or with which something cannot be reckoned. */
    private static final String VALUE = "22";

    /** No such table, column, type, function or schema; not of this kind; types that do not go together. */
    private static final Set<String> NAMES = Set.of("42P01", "42703", "42704", "42883", "3F000", "42809", "42804");

    private RefusedStatements() {}

    static boolean isRefused(Throwable failure) {
        return hasRefusedValue(failure) || isOutdated(failure);
    }

    static boolean hasRefusedValue(Throwable failure) {
        return failure instanceof PgException refused
                && refused.getSqlState() != null
                && refused.getSqlState().startsWith(VALUE);
    }

    /** Whether it names what is not there, or not any more. */
    static boolean isOutdated(Throwable failure) {
        return failure instanceof PgException refused
                && refused.getSqlState() != null
                && NAMES.contains(refused.getSqlState());
    }
}
