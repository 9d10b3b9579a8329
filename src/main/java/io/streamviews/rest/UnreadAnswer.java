package io.streamviews.rest;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Cuts a client that has taken nothing of what it was sent for too long; one that reads slowly has all the time it needs.
 * Whoever writes says when something has been given, and when the client has taken all of it. To be used on the request's
 * event loop.
 */
public final class UnreadAnswer {

    private static final Logger LOG = Logger.getLogger(UnreadAnswer.class);
    private static final int LOOKS = 10;

    private final HttpServerRequest request;
    private final ChannelHandlerContext connection;
    private final Duration patience;
    private final long pause;
    private Future<?> looking;
    private volatile Front front;
    private volatile long movedAt;

    public UnreadAnswer(HttpServerRequest request, Duration patience) {
        this.request = request;
        this.connection = ((ConnectionBase) request.connection()).channelHandlerContext();
        this.patience = patience;
        this.pause = Math.max(1, patience.toNanos() / LOOKS);
    }

    /** From now on the client has time to take some of it, unless it has been waited for already. */
    public void given() {
        if (looking == null) {
            front = front();
            movedAt = System.nanoTime();
            looking = connection.executor().scheduleAtFixedRate(this::look, pause, pause, TimeUnit.NANOSECONDS);
        }
    }

    /** The client has taken what it was given, or is gone. */
    public void taken() {
        if (looking != null) {
            looking.cancel(false);
            looking = null;
        }
    }

    /** For how many nanoseconds the client has taken nothing, as far as is known. Asked by any thread. */
    long unreadFor() {
        hasMoved();
        return System.nanoTime() - movedAt;
    }

    /** Whether some of it has been taken since this was last asked. */
    private boolean hasMoved() {
        Front now = front();
        if (now.equals(front)) {
            return false;
        }
        front = now;
        movedAt = System.nanoTime();
        return true;
    }

    /** Does not wait for it any longer. Called by any thread. */
    void cutSoon() {
        connection.executor().execute(this::cut);
    }

    private void look() {
        if (hasMoved()) {
            // nobody knows before the next look whether it goes on to read
            movedAt = System.nanoTime() + pause;
        } else if (unreadFor() >= patience.toNanos()) {
            cut();
        }
    }

    private void cut() {
        taken();
        LOG.infof("%s leaves the answer to %s unread, and is cut", request.remoteAddress(), request.path());
        cut(request);
    }

    /** At once: Vert.x' own closing, and that of TLS, waits until the client has read everything. */
    public static void cut(HttpServerRequest request) {
        ((ConnectionBase) request.connection())
                .channel()
                .pipeline()
                .firstContext()
                .close();
    }

    /** Another thread than the event loop's may see it as it was a moment ago. */
    private Front front() {
        ChannelOutboundBuffer buffer = connection.channel().unsafe().outboundBuffer();
        return buffer == null
                ? Front.NONE
                : new Front(
                        System.identityHashCode(buffer.current()),
                        buffer.currentProgress(),
                        buffer.totalPendingWriteBytes());
    }

    /** What stands first in the queue for the socket, how much of it is gone, and how much there is. */
    private record Front(int message, long progress, long bytes) {
        static final Front NONE = new Front(0, 0, 0);
    }
}
