package io.streamviews.user;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * One stream of users: reads lines while the chunk before is being written, pauses the client when a chunk is full or its
 * answers are not read, and answers as it goes. Holds at most two chunks and what one read from the socket brings.
 *
 * <p>Everything happens on the request's event loop. What the client has not completed when it goes away is dropped.
 */
final class BulkStream {

    private static final int CHUNK = 1_000;
    private static final int MAX_LINE_BYTES = 65_536;
    private static final int PIECE_BYTES = 1_024;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ObjectMapper mapper;
    private final UserLine reader;
    private final BulkWriter writer;
    private final MessageDigest digest;
    private final Gunzip gunzip;
    private final Lines input = new Lines(MAX_LINE_BYTES, this::line);

    private List<NewUser> filling = new ArrayList<>();
    private long lines;
    private long rejected;
    private Buffer unread = Buffer.buffer();
    private boolean writing;
    private boolean ended;
    private boolean exhausted;
    private boolean closed;

    /** @param gzip whether the body is compressed */
    BulkStream(HttpServerRequest request, ObjectMapper mapper, UserLine reader, BulkWriter writer, boolean gzip) {
        this.request = request;
        this.response = request.response();
        this.mapper = mapper;
        this.reader = reader;
        this.writer = writer;
        this.gunzip = gzip ? new Gunzip(input::add) : null;
        this.digest = writer.isRepeatable() ? NewUser.sha256() : null;
    }

    void start() {
        request.pause();
        request.handler(this::read).endHandler(all -> end()).exceptionHandler(gone -> close());
        response.exceptionHandler(gone -> close()).closeHandler(gone -> close());
        response.putHeader(HttpHeaders.CONTENT_TYPE, BulkRoute.NDJSON).setChunked(true);
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            response.writeContinue();
        }
        writer.open().subscribe().with(opened -> request.resume(), this::refuse);
    }

    private void read(Buffer bytes) {
        unread = unread.length() == 0 ? bytes : unread.appendBuffer(bytes);
        goOn();
    }

    private void end() {
        ended = true;
        goOn();
    }

    /** Takes what has been read as far as the chunk has room, writes what there is, and says whether more may come. */
    private void goOn() {
        if (closed) {
            return;
        }
        try {
            takeUnread();
            if (ended && unread.length() == 0 && !exhausted) {
                exhausted = true;
                if (gunzip != null) {
                    gunzip.end();
                }
                input.end();
            }
            write();
        } catch (RuntimeException e) {
            fail(e);
        }
        pauseOrResume();
    }

    private void takeUnread() {
        int taken = 0;
        while (taken < unread.length() && filling.size() < CHUNK && !response.writeQueueFull()) {
            int next = Math.min(taken + PIECE_BYTES, unread.length());
            Buffer piece = unread.slice(taken, next);
            taken = next;
            if (gunzip != null) {
                gunzip.add(piece);
            } else {
                input.add(piece);
            }
        }
        unread = taken == unread.length() ? Buffer.buffer() : unread.getBuffer(taken, unread.length());
    }

    /** @param line null if it is too long */
    private void line(byte[] line) {
        lines++;
        if (digest != null) {
            digest(line);
        }
        try {
            if (line == null) {
                throw RefusedException.violation("body", "must not have more than " + MAX_LINE_BYTES + " bytes");
            }
            UserRequest user = isBlank(line) ? null : reader.read(line);
            if (user != null && lines > writer.state().lines()) {
                filling.add(new NewUser(user, null));
            }
        } catch (IOException | RuntimeException e) {
            rejected++;
            answer(new BulkReply.Rejected(lines, Problems.describe(e)));
        }
    }

    /** Of a line that is too long the digest knows only that it was there. */
    private void digest(byte[] line) {
        if (line != null) {
            digest.update(line);
        }
        digest.update((byte) '\n');
        BulkState former = writer.state();
        if (lines == former.lines() && !MessageDigest.isEqual(former.digest(), soFar())) {
            throw differs();
        }
    }

    private byte[] soFar() {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("The digests of the Java platform can be cloned", e);
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private static RefusedException differs() {
        return RefusedException.unprocessable(
                IdempotencyKey.HEADER + ": the key was used for another stream, whose lines were different");
    }

    private void write() {
        if (writing || closed) {
            return;
        }
        boolean something = lines > writer.state().lines() && (!filling.isEmpty() || exhausted);
        if (something) {
            List<NewUser> chunk = filling;
            filling = new ArrayList<>();
            writing = true;
            writer.write(chunk, lines, digest == null ? null : soFar())
                    .subscribe()
                    .with(written -> written(), this::fail);
        } else if (exhausted) {
            finish();
        }
    }

    private void written() {
        writing = false;
        BulkState state = writer.state();
        answer(new BulkReply.Progress(
                state.lines(), state.accepted(), rejected, state.firstId(), state.lastId(), writer.token()));
        goOn();
    }

    private void pauseOrResume() {
        if (closed || ended) {
            return;
        }
        if (response.writeQueueFull()) {
            request.pause();
            response.drainHandler(drained -> goOn());
        } else if (unread.length() > 0) {
            request.pause();
        } else {
            request.resume();
        }
    }

    private void finish() {
        BulkState state = writer.state();
        if (lines < state.lines()) {
            fail(differs());
            return;
        }
        answer(new BulkReply.Summary(
                lines, state.accepted(), rejected, state.firstId(), state.lastId(), writer.token()));
        close();
        response.end();
    }

    /** What is known before anything has been read is the answer's status, too. */
    private void refuse(Throwable failure) {
        if (!response.headWritten()) {
            response.setStatusCode(Problems.describe(failure).status());
        }
        fail(failure);
    }

    private void fail(Throwable failure) {
        if (closed) {
            return;
        }
        BulkState state = writer.state();
        Problem problem = Problems.describe(failure);
        answer(new BulkReply.Failure(
                state.lines(), state.accepted(), rejected, state.firstId(), state.lastId(), writer.token(), problem));
        close();
        response.end().onComplete(sent -> Problem.hangUp(request));
    }

    private void close() {
        if (!closed) {
            closed = true;
            if (gunzip != null) {
                gunzip.close();
            }
        }
    }

    private void answer(BulkReply reply) {
        if (!closed) {
            try {
                response.write(Buffer.buffer(mapper.writerFor(BulkReply.class).writeValueAsBytes(reply))
                        .appendByte((byte) '\n'));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("Cannot write " + reply, e);
            }
        }
    }
}
