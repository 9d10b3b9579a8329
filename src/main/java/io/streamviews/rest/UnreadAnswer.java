package io.streamviews.rest;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Cuts a client that leaves what it was sent unread for too long. Whoever writes an answer piece by piece says when a piece
 * has been given, and when the client has taken it. To be used on the request's event loop.
 */
public final class UnreadAnswer {

    private static final Logger LOG = Logger.getLogger(UnreadAnswer.class);
    private static final long NONE = -1;

    private final HttpServerRequest request;
    private final Duration patience;
    private final Vertx vertx = Vertx.currentContext().owner();
    private long timer = NONE;

    public UnreadAnswer(HttpServerRequest request, Duration patience) {
        this.request = request;
        this.patience = patience;
    }

    /** From now on the client has time to take it, unless it has been waited for already. */
    public void given() {
        if (timer == NONE) {
            timer = vertx.setTimer(patience.toMillis(), late -> cut());
        }
    }

    /** The client has taken what it was given, or is gone. */
    public void taken() {
        vertx.cancelTimer(timer);
        timer = NONE;
    }

    /** Does not wait for it any longer. */
    void cut() {
        LOG.infof("%s leaves the answer to %s unread, and is cut", request.remoteAddress(), request.path());
        cut(request);
    }

    /** At once: Vert.x' own closing waits until the client has read everything. */
    public static void cut(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset();
        } else {
            ((ConnectionBase) request.connection()).channelHandlerContext().close();
        }
    }
}
