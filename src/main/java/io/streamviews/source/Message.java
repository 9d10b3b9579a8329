package io.streamviews.source;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * What a record of a topic holds.
 *
 * @param key may be null
 * @param value null for a Kafka tombstone
 * @param timestamp milliseconds since 1970, as the record carries it
 */
public record Message(byte[] key, byte[] value, Headers headers, long timestamp) {

    private static final Headers NONE = none();

    /** Most have no headers, and are kept until their batch has been written: they share those. */
    public Message {
        headers = headers.toArray().length == 0 ? NONE : headers;
    }

    /** One without headers. */
    public Message(byte[] key, byte[] value, long timestamp) {
        this(key, value, NONE, timestamp);
    }

    private static Headers none() {
        RecordHeaders none = new RecordHeaders();
        none.setReadOnly();
        return none;
    }

    /** Bytes that it holds in memory, roughly. */
    public int size() {
        return 64 + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }
}
