package io.streamviews.rest;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the requests that are in flight in this process, and what their answers take. One is in flight until its client has
 * taken the answer; who takes it too slowly is cut. Whoever looks after the process (health, metrics) always comes in.
 */
@ApplicationScoped
public class Admission {

    /** Before all other routes. */
    static final int ORDER = Integer.MIN_VALUE;

    private static final String OPERATIONS = "/q/";

    private final LimitsConfig limits;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLong unreadBytes = new AtomicLong();

    Admission(LimitsConfig limits) {
        this.limits = limits;
    }

    void register(@Observes Router router) {
        router.route().order(ORDER).handler(this::admit);
    }

    private void admit(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        ConnectionGuard.begun(request);
        routing.addEndHandler(ended -> ConnectionGuard.ended(request));
        if (request.path() != null && request.path().startsWith(OPERATIONS)) {
            routing.next();
            return;
        }
        if (inFlight.incrementAndGet() > limits.requests()) {
            inFlight.decrementAndGet();
            request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            Problem.of(503, "%d requests are in flight, as many as may be".formatted(limits.requests()))
                    .answer(request);
            return;
        }
        UnreadAnswer unread = new UnreadAnswer(request, limits.patience());
        routing.addEndHandler(ended -> awaitReading(request, unread));
        routing.next();
    }

    /** HTTP/2 has a window for each answer, and no place to look how much of it is left. */
    private void awaitReading(HttpServerRequest request, UnreadAnswer unread) {
        if (request.version() == HttpVersion.HTTP_2) {
            inFlight.decrementAndGet();
            return;
        }
        ChannelHandlerContext connection = ((ConnectionBase) request.connection()).channelHandlerContext();
        if (connection.executor().inEventLoop()) {
            awaitReading(request, connection, unread);
        } else {
            connection.executor().execute(() -> awaitReading(request, connection, unread));
        }
    }

    private void awaitReading(HttpServerRequest request, ChannelHandlerContext connection, UnreadAnswer unread) {
        ChannelOutboundBuffer buffer = connection.channel().unsafe().outboundBuffer();
        long bytes = buffer == null
                ? 0
                : Math.min(buffer.totalPendingWriteBytes(), request.response().bytesWritten());
        if (bytes == 0) {
            inFlight.decrementAndGet();
            return;
        }
        unread.given();
        boolean tooMany = unreadBytes.addAndGet(bytes) > limits.unreadBytes().asLongValue();
        // what is flushed behind the answer has been taken when that has been
        connection.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(taken -> {
            unread.taken();
            unreadBytes.addAndGet(-bytes);
            inFlight.decrementAndGet();
        });
        if (tooMany) {
            unread.cut();
        }
    }
}
