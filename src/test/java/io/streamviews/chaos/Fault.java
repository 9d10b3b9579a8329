package io.streamviews.chaos;

import java.time.Duration;
import java.util.Locale;

/**
 * One thing that goes wrong.
 *
 * @param instance the one that it happens to, where it happens to one
 * @param variant from 0 to 99: which of several ways, where there are several
 * @param duration how long it lasts
 * @param pause until the next one
 */
record Fault(int number, Kind kind, int instance, int variant, Duration duration, Duration pause) {

    enum Kind {
        /** {@code kill -9} of an instance, and a new one after a while. */
        KILL(1, 12),
        /** An instance is frozen, for longer than a session of Kafka or an idle transaction of PostgreSQL lasts. */
        STOP(12, 45),
        /** PostgreSQL is stopped and started. */
        DATABASE_RESTART(1, 15),
        /** PostgreSQL's connections are swallowed, of one instance or of both. */
        DATABASE_SILENT(12, 40),
        /** The broker is stopped and started. */
        BROKER_AWAY(2, 25),
        /** The broker's connections are swallowed, of one instance or of both. */
        BROKER_SILENT(12, 40),
        /** Records go before their time: read ones, or ones that a held up projection has not read. */
        RETENTION(6, 14),
        /** A topic is deleted, and made anew after a while. */
        TOPIC_ANEW(0, 8);

        final Duration shortest;
        final Duration longest;

        Kind(int shortestSeconds, int longestSeconds) {
            this.shortest = Duration.ofSeconds(shortestSeconds);
            this.longest = Duration.ofSeconds(longestSeconds);
        }

        /** As it is called on a command line. */
        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public String toString() {
        return "fault %d: %s, instance %s, variant %d, for %.1f s, then %.1f s of rest"
                .formatted(
                        number, kind.text(), Cluster.NAMES.get(instance), variant, seconds(duration), seconds(pause));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }
}
