package io.streamviews.relay;

/** The broker did not acknowledge every event of a batch. The batch is published again; some of it may be there. */
public final class PublishFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PublishFailedException(Throwable cause) {
        super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
    }
}
