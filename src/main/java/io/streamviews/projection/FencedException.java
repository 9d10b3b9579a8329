package io.streamviews.projection;

/** Somebody else has taken the partition over: this owner's batch changed nothing, and it must stop. */
final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    FencedException(int partition, Epochs epochs) {
        // Part of life in a group: where it was found out is of no interest.
        super(
                "Partition %d has a new owner: the position's epoch is no longer one of %s"
                        .formatted(partition, epochs),
                null,
                false,
                false);
    }
}
