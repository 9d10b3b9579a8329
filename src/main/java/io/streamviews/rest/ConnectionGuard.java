package io.streamviews.rest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the connections of all ports, and the time that each takes for the head of a request: from its opening on, and from
 * the first byte of every further one. Stands before Vert.x' own handlers, which know of no connection before its first byte
 * and of no request before its head is whole.
 */
final class ConnectionGuard extends ChannelInboundHandlerAdapter {

    private static final AtomicInteger OPEN = new AtomicInteger();

    private final LimitsConfig limits;
    private Future<?> late;
    private volatile boolean headMayBegin;

    ConnectionGuard(LimitsConfig limits) {
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (OPEN.incrementAndGet() > limits.connections()) {
            context.close();
            return;
        }
        awaitHead(context.channel());
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        OPEN.decrementAndGet();
        headHasCome();
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (headMayBegin) {
            awaitHead(context.channel());
        }
        context.fireChannelRead(bytes);
    }

    /** The head of a request has come; on its event loop. */
    static void begun(HttpServerRequest request) {
        ConnectionGuard guard = of(request);
        if (guard != null) {
            guard.headHasCome();
        }
    }

    /** The next one may come, where the connection still speaks HTTP: frames of web sockets are no heads. */
    static void ended(HttpServerRequest request) {
        ConnectionGuard guard = of(request);
        if (guard != null && pipeline(request).get(HttpRequestDecoder.class) != null) {
            guard.headMayBegin = true;
        }
    }

    private static ConnectionGuard of(HttpServerRequest request) {
        return pipeline(request).get(ConnectionGuard.class);
    }

    private static ChannelPipeline pipeline(HttpServerRequest request) {
        return ((ConnectionBase) request.connection()).channel().pipeline();
    }

    private void awaitHead(Channel channel) {
        headMayBegin = false;
        late = channel.eventLoop()
                .schedule(
                        () -> channel.pipeline().firstContext().close(),
                        limits.headTime().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private void headHasCome() {
        headMayBegin = false;
        if (late != null) {
            late.cancel(false);
            late = null;
        }
    }
}
