package io.streamviews.projection;

import java.time.Duration;

/** PostgreSQL has not taken a batch for so long that the task gives its partition up rather than block its group. */
final class StalledException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StalledException(int partition, Duration waited) {
        super("Partition %d has waited for PostgreSQL for %s".formatted(partition, waited));
    }
}
