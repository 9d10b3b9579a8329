package io.streamviews.feed;

import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One client's server-sent events. One chunk at a time is on its way, and whoever writes the next one waits until the
 * client's socket has taken it; so a client costs a chunk of memory, however slow it is. To be used by one thread, which
 * is no event loop.
 */
final class EventStream {

    private static final int CHUNK = 32 * 1024;
    private static final long LAST_WORDS_MS = 5_000;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final FeedConfig config;
    private final StringBuilder chunk = new StringBuilder();
    private long lastSent = System.nanoTime();
    private volatile boolean closed;

    EventStream(HttpServerRequest request, Context context, FeedConfig config) {
        this.request = request;
        this.response = request.response();
        this.context = context;
        this.config = config;
    }

    /** The client has taken nothing for too long. */
    static final class SlowClientException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** The client is gone. */
    static final class GoneException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** Answers with a problem document instead. */
    void refuse(Throwable reason) {
        Problem problem = Problems.describe(reason);
        context.runOnContext(now -> {
            if (problem.status() == 503) {
                response.putHeader(HttpHeaders.RETRY_AFTER, "1");
            }
            problem.answer(request);
        });
    }

    /** @param whenGone called on the event loop when the client is gone */
    void open(Runnable whenGone) {
        context.runOnContext(now -> {
            response.closeHandler(gone -> {
                closed = true;
                whenGone.run();
            });
            response.exceptionHandler(failure -> closed = true);
            response.setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream;charset=UTF-8")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader("X-Accel-Buffering", "no");
        });
    }

    boolean isOpen() {
        return !closed;
    }

    /** @param id null if a client that has seen this event goes on as if it had not */
    void event(String name, String id, String json) throws SlowClientException, GoneException, InterruptedException {
        if (id != null) {
            chunk.append("id: ").append(id).append('\n');
        }
        chunk.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
        if (chunk.length() >= CHUNK) {
            flush();
        }
    }

    /** Sends what there is; a comment if there has been nothing for long. */
    void flush() throws SlowClientException, GoneException, InterruptedException {
        if (chunk.isEmpty() && untilHeartbeat().isZero()) {
            chunk.append(":\n\n");
        }
        if (chunk.isEmpty()) {
            return;
        }
        Buffer bytes = Buffer.buffer(chunk.toString());
        chunk.setLength(0);
        CompletableFuture<Void> taken = new CompletableFuture<>();
        context.runOnContext(
                now -> response.write(bytes).onSuccess(taken::complete).onFailure(taken::completeExceptionally));
        try {
            taken.get(config.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SlowClientException();
        } catch (ExecutionException e) {
            closed = true;
            throw new GoneException();
        }
        lastSent = System.nanoTime();
    }

    /** How long nothing need be sent. */
    Duration untilHeartbeat() {
        Duration left = config.heartbeat().minusNanos(System.nanoTime() - lastSent);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Says a last word, which a slow client may never read, and hangs up. */
    void end(String name, String json) {
        if (closed) {
            return;
        }
        context.runOnContext(now -> {
            long late = context.owner().setTimer(LAST_WORDS_MS, elapsed -> hangUp());
            response.end("event: " + name + "\ndata: " + json + "\n\n").onComplete(sent -> {
                context.owner().cancelTimer(late);
                Problem.hangUp(request);
            });
        });
    }

    private void hangUp() {
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset();
        } else {
            request.connection().close();
        }
    }
}
