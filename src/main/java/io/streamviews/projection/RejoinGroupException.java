package io.streamviews.projection;

import org.apache.kafka.streams.errors.TaskMigratedException;

/** Has Kafka Streams give a thread's tasks up and join again. Part of life: it is of no interest where it was found out. */
final class RejoinGroupException extends TaskMigratedException {

    private static final long serialVersionUID = 1;

    RejoinGroupException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
