package io.streamviews.source;

import org.apache.kafka.common.header.Header;
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
    public long size() {
        long size = 64L + length(key) + length(value);
        for (Header header : headers) {
            size += 64 + header.key().length() + length(header.value());
        }
        return size;
    }

    private static int length(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
