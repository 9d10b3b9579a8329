package io.streamviews.user.bulk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.streamviews.rest.UnreadAnswer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * The lines that answer a stream of users; those of a turn are sent together. The client has to take what it was sent before
 * it is given much more, and is cut if it leaves that unread for too long.
 */
final class BulkAnswer {

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ObjectWriter json;
    private final UnreadAnswer unread;
    private Buffer lines = Buffer.buffer();

    BulkAnswer(HttpServerRequest request, ObjectMapper mapper, Duration patience) {
        this.request = request;
        this.response = request.response();
        this.json = mapper.writerFor(AnswerLine.class);
        this.unread = new UnreadAnswer(request, patience);
    }

    void begin() {
        response.putHeader(HttpHeaders.CONTENT_TYPE, BulkRoute.NDJSON).setChunked(true);
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            response.writeContinue();
        }
    }

    void add(AnswerLine reply) {
        try {
            lines.appendBytes(json.writeValueAsBytes(reply)).appendByte((byte) '\n');
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot write " + reply, e);
        }
    }

    void send() {
        if (lines.length() > 0) {
            response.write(lines);
            lines = Buffer.buffer();
        }
    }

    boolean isFull() {
        return response.writeQueueFull();
    }

    void whenTaken(Runnable next) {
        unread.given();
        response.drainHandler(drained -> {
            unread.taken();
            next.run();
        });
    }

    /** Sends the last line, and what was not sent before. */
    Future<Void> end(AnswerLine last) {
        add(last);
        unread.given();
        return response.end(lines).onComplete(sent -> unread.taken());
    }

    /** The client is not waited for any more. */
    void close() {
        unread.taken();
    }
}
