package io.streamviews.relay;

import io.streamviews.postgres.Reason;

/** The broker did not acknowledge every event of a batch. The batch is published again; some of it may be there. */
public final class PublishFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PublishFailedException(Throwable cause) {
        super(Reason.of(cause), cause);
    }
}
