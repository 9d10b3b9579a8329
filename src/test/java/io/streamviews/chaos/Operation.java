package io.streamviews.chaos;

import java.util.Locale;

/** What operators and other teams do meanwhile. */
enum Operation {
    REBUILD,
    REPLAY,
    PAUSE,
    RETRY,
    VERIFY,
    /** Other producers' users, and Kafka tombstones for them. */
    TOMBSTONE,
    /** Records that are no events. */
    POISON,
    /** Another producer's transactions, some of them aborted. */
    TRANSACTION;

    /** As it is called on a command line. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
