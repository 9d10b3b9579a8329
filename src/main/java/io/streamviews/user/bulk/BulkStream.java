package io.streamviews.user.bulk;

import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.Problem;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.Problems;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.NewUser;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.List;

/**
 * One stream of users: reads lines while the chunk before is being written, and answers as it goes. Holds at most two chunks
 * and what one read from the socket brings: nothing more is read, nor inflated, while a chunk is full or the client leaves
 * its answers unread, and a client that does so for too long is cut.
 *
 * <p>Everything happens on the request's event loop, which others share: a turn takes a bounded number of lines and of
 * bytes. What the client has not completed when it goes away is dropped.
 */
final class BulkStream {

    private static final int MAX_LINE_BYTES = 65_536;

    /** Lines, or slices of the body; an event loop takes 64 turns before it looks at its sockets. */
    private static final int STEPS_IN_A_TURN = 32;

    /** Stands for a line that is too long; no text has it. */
    private static final byte TOO_LONG = (byte) 0xff;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final BulkAnswer answer;
    private final UserLine reader;
    private final BulkWriter writer;
    private final MessageDigest digest;
    private final BulkBody body;
    private final Lines input = new Lines(MAX_LINE_BYTES);
    private final Context context = Vertx.currentContext();

    private Chunk filling = new Chunk();
    private long lines;
    private long rejected;
    private boolean nextTurnIsDue;
    private boolean writing;
    private boolean ended;
    private boolean exhausted;
    private boolean closed;

    /** Why it ends, once what is being written has been; null as long as it goes on. */
    private Throwable broken;

    private Checkpoint former = Checkpoint.NONE;

    /** Whether it has said the same as the former request with its key: until then, that one's ids are not its business. */
    private boolean recognised;

    BulkStream(HttpServerRequest request, BulkAnswer answer, UserLine reader, BulkWriter writer, BulkBody body) {
        this.request = request;
        this.response = request.response();
        this.answer = answer;
        this.reader = reader;
        this.writer = writer;
        this.body = body;
        this.digest = writer.isRepeatable() ? NewUser.sha256() : null;
    }

    void start() {
        request.pause();
        request.handler(this::read).endHandler(all -> end()).exceptionHandler(gone -> close());
        response.exceptionHandler(gone -> close()).closeHandler(gone -> close());
        answer.begin();
        writer.open().subscribe().with(opened -> begin(), this::fail);
    }

    private void begin() {
        former = writer.checkpoint();
        recognised = former.lines() == 0;
        if (!closed && !ended) {
            readOn();
        }
    }

    private void read(Buffer bytes) {
        body.add(bytes);
        goOn();
    }

    private void end() {
        ended = true;
        body.expectNothing();
        goOn();
    }

    /** One turn: takes some of what has been read, writes what there is, and says what has to come before the next one. */
    private void goOn() {
        if (closed || broken != null || nextTurnIsDue) {
            return;
        }
        try {
            take();
            if (ended && body.isEmpty() && !exhausted) {
                exhausted = true;
                body.end();
                if (input.last()) {
                    line(input.line());
                }
            }
            answer.send();
            write();
        } catch (RuntimeException e) {
            fail(e);
        }
        if (!closed && broken == null) {
            arrangeNextTurn();
        }
    }

    private void take() {
        for (int step = 0; step < STEPS_IN_A_TURN && !filling.isFull() && !answer.isFull(); step++) {
            if (input.next()) {
                line(input.line());
            } else {
                byte[] slice = body.next();
                if (slice == null) {
                    return;
                }
                input.add(slice);
            }
        }
    }

    private void arrangeNextTurn() {
        boolean mayReadOn = false;
        if (answer.isFull()) {
            answer.whenTaken(this::goOn);
        } else if (!filling.isFull() && !body.isEmpty()) {
            nextTurnIsDue = true;
            context.runOnContext(now -> {
                nextTurnIsDue = false;
                goOn();
            });
        } else {
            mayReadOn = body.isEmpty();
        }
        if (!ended) {
            if (mayReadOn) {
                readOn();
            } else {
                body.expectNothing();
                request.pause();
            }
        }
    }

    private void readOn() {
        body.expect(() -> fail(RefusedException.late("The stream has brought nothing for too long")));
        request.resume();
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
            NewUser user = reader.read(line);
            if (user != null && lines > writer.checkpoint().lines()) {
                filling.add(user, line.length);
            }
        } catch (IOException | RuntimeException e) {
            rejected++;
            answer.add(new AnswerLine.Rejected(lines, Problems.describe(e)));
        }
    }

    /** Of a line that is too long the digest knows only that it was there. */
    private void digest(byte[] line) {
        digest.update(line == null ? new byte[] {TOO_LONG} : line);
        digest.update((byte) '\n');
        if (lines == former.lines()) {
            recognised = MessageDigest.isEqual(former.digest(), soFar());
        }
        if (lines >= former.lines() && !recognised || lines > former.lines() && former.complete()) {
            recognised = false;
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

    private static RefusedException differs() {
        return RefusedException.of(
                ProblemType.IDEMPOTENCY_KEY_REUSED,
                IdempotencyKey.HEADER + ": the key was used for another stream, whose lines were different");
    }

    private void write() {
        if (writing || closed) {
            return;
        }
        if (exhausted && lines < former.lines()) {
            fail(differs());
            return;
        }
        Checkpoint done = writer.checkpoint();
        boolean allIsTaken = body.isEmpty() || filling.isFull();
        boolean something = lines > done.lines() && (!filling.isEmpty() && allIsTaken || exhausted);
        if (something || exhausted && writer.isRepeatable() && !done.complete()) {
            List<NewUser> chunk = filling.users();
            filling = new Chunk();
            writing = true;
            writer.write(chunk, lines, digest == null ? null : soFar(), exhausted)
                    .subscribe()
                    .with(written -> written(something), this::notWritten);
        } else if (exhausted) {
            finish();
        }
    }

    private void written(boolean something) {
        writing = false;
        if (closed) {
            return;
        }
        if (something) {
            Checkpoint done = writer.checkpoint();
            answer.add(new AnswerLine.Progress(
                    done.lines(), done.accepted(), rejected, done.firstId(), done.lastId(), writer.token()));
        }
        if (broken == null) {
            goOn();
        } else {
            answer.send();
            fail(broken);
        }
    }

    private void notWritten(Throwable failure) {
        writing = false;
        fail(broken == null ? failure : broken);
    }

    private void finish() {
        Checkpoint done = writer.checkpoint();
        close();
        answer.end(new AnswerLine.Summary(
                lines, done.accepted(), rejected, done.firstId(), done.lastId(), writer.token()));
    }

    /**
     * What is known before anything has been answered is the whole answer; but what is being written is waited for, since
     * the answer says what has been committed.
     */
    private void fail(Throwable failure) {
        if (closed) {
            return;
        }
        if (writing) {
            broken = failure;
            body.expectNothing();
            request.pause();
            return;
        }
        close();
        Problem problem = Problems.describe(failure);
        if (!response.headWritten()) {
            problem.answer(request);
            return;
        }
        Checkpoint done = recognised ? writer.checkpoint() : Checkpoint.NONE;
        String token = recognised ? writer.token() : null;
        answer.end(new AnswerLine.Failure(
                        done.lines(), done.accepted(), rejected, done.firstId(), done.lastId(), token, problem))
                .onComplete(sent -> Problem.hangUp(request));
    }

    private void close() {
        closed = true;
        body.close();
        answer.close();
    }
}
