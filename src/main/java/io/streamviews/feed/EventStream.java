package io.streamviews.feed;

import io.netty.channel.ChannelOption;
import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.streamviews.rest.UnreadAnswer;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Instant;
import java.util.Optional;

/**
 * One client's connection. Two pieces of at most {@value #PIECE} bytes are on their way to it at a time, however slowly it
 * takes them, and what the system keeps for its socket is bounded, too. To be used on its event loop alone, but for what
 * says otherwise.
 */
public final class EventStream {

    public static final int PIECE = 32 * 1024;

    private static final int SOCKET_BUFFER = 4 * PIECE;
    private static final long LAST_WORDS_MS = 5_000;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final FeedConfig config;
    private Optional<Instant> expiry = Optional.empty();
    private Writer writer;
    private long lastSent = System.nanoTime();
    private long timer = -1;
    private volatile int onTheirWay;
    private volatile long movedAt;

    public EventStream(HttpServerRequest request, Context context, FeedConfig config) {
        this.request = request;
        this.response = request.response();
        this.context = context;
        this.config = config;
    }

    /** Who writes; called on the event loop. */
    public interface Writer {

        /** The client has taken something. */
        void hasRoom();

        /** The client has taken nothing for too long. */
        void isUnread();

        /** The client's token has expired. */
        void isExpired();

        void isGone();
    }

    /** To be called first. */
    public void writtenBy(Writer feed) {
        writer = feed;
        response.closeHandler(closed -> feed.isGone());
        response.exceptionHandler(failure -> feed.isGone());
    }

    /** Until when the client may be written to; for ever if that is empty. To be called before it is opened. */
    public EventStream until(Optional<Instant> end) {
        expiry = end;
        return this;
    }

    /** The client's address, as the connection or a trusted proxy says. */
    public String address() {
        SocketAddress remote = request.remoteAddress();
        return remote == null || remote.hostAddress() == null ? "" : remote.hostAddress();
    }

    /** Has something done on the event loop. Called on any thread. */
    public void run(Runnable task) {
        context.runOnContext(now -> task.run());
    }

    public void open() {
        if (request.connection() instanceof ConnectionBase connection) {
            connection.channel().config().setOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER);
        }
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream;charset=UTF-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("X-Accel-Buffering", "no");
        long shortest =
                Math.min(config.patience().toMillis(), config.heartbeat().toMillis());
        timer = context.owner().setPeriodic(Math.max(1, shortest / 4), tick -> look());
    }

    public boolean hasRoom() {
        return onTheirWay <= PIECE;
    }

    public void write(Buffer piece) {
        lastSent = System.nanoTime();
        if (onTheirWay == 0) {
            movedAt = lastSent;
        }
        onTheirWay += piece.length();
        response.write(piece).onComplete(taken -> {
            movedAt = System.nanoTime();
            onTheirWay -= piece.length();
            if (taken.succeeded()) {
                writer.hasRoom();
            } else {
                writer.isGone();
            }
        });
    }

    /** For how many nanoseconds the client has left what it was sent unread. Asked by any thread. */
    long unreadFor() {
        return onTheirWay == 0 ? 0 : System.nanoTime() - movedAt;
    }

    /**
     * Says a last word, which a slow client may never read, and hangs up.
     *
     * @param betweenEvents if not, what came of the last event becomes part of this one, so that nobody takes it for whole
     */
    public void end(CloseReason ending, boolean betweenEvents) {
        close();
        long late = context.owner().setTimer(LAST_WORDS_MS, elapsed -> UnreadAnswer.cut(request));
        String word = "event: %s\ndata: {\"reason\":\"%s\"}\n\n".formatted(ending.event(), ending.reason());
        response.end(betweenEvents ? word : "\n" + word).onComplete(sent -> {
            context.owner().cancelTimer(late);
            Problem.hangUp(request);
        });
    }

    /** Answers with a problem document instead. */
    public void refuse(Throwable reason) {
        Problems.describe(reason).answer(request);
    }

    /** Nothing is written any more. */
    public void close() {
        context.owner().cancelTimer(timer);
    }

    private void look() {
        if (unreadFor() >= config.patience().toNanos()) {
            writer.isUnread();
        } else if (expiry.filter(Instant.now()::isAfter).isPresent()) {
            writer.isExpired();
        } else if (onTheirWay == 0
                && System.nanoTime() - lastSent >= config.heartbeat().toNanos()) {
            write(Buffer.buffer(":\n\n"));
        }
    }
}
