package io.streamviews.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A server-sent event as bytes, its id last: a client that is cut off in the middle of an event has not seen its id.
 *
 * @param bytes never changed; shared by all clients that are told this
 * @param body how many of them come before the id
 */
record SseEvent(byte[] bytes, int body) {

    static SseEvent of(String name, byte[] json, String id) {
        Buffer event =
                Buffer.buffer("event: " + name + "\ndata: ").appendBytes(json).appendString("\n");
        int body = event.length();
        return new SseEvent(event.appendBytes(tail(id)).getBytes(), body);
    }

    static SseEvent of(String name, ObjectMapper mapper, Object data, String id) {
        try {
            return of(name, mapper.writeValueAsBytes(data), id);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot write " + data, e);
        }
    }

    /** The same event to a client to whom it is at another place. */
    byte[] withId(String id) {
        byte[] tail = tail(id);
        byte[] other = Arrays.copyOf(bytes, body + tail.length);
        System.arraycopy(tail, 0, other, body, tail.length);
        return other;
    }

    /** What ends an event's data. */
    static byte[] tail(String id) {
        return ("id: " + id + "\n\n").getBytes(StandardCharsets.US_ASCII);
    }
}
