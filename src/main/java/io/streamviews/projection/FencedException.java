package io.streamviews.projection;

/** Somebody else has taken the partition over: this owner's batch changed nothing, and it must stop. */
final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    FencedException(int partition, Epochs epochs) {
        super("Partition %d has a new owner: the position's epoch is no longer one of %s".formatted(partition, epochs));
    }
}
