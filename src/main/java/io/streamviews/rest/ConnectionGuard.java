package io.streamviews.rest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the connections of all ports, and the time that each takes for the head of a request: from its opening on, and from
 * the first byte of every further one. Where there is no room for one more, the one that has had no request to answer for
 * longest is closed for it, so that those who keep theirs for nothing keep out nobody. Stands before Vert.x' own handlers,
 * which know of no connection before its first byte and of no request before its head is whole.
 */
final class ConnectionGuard extends ChannelInboundHandlerAdapter {

    private static final AtomicInteger OPEN = new AtomicInteger();

    /** Those that have no request to answer, and whose client has taken the answers so far. */
    private static final Set<ConnectionGuard> AT_REST = ConcurrentHashMap.newKeySet();

    private final LimitsConfig limits;
    private Channel connection;
    private volatile long restsSince;
    private int unanswered;
    private Future<?> late;
    private volatile boolean headMayBegin;

    ConnectionGuard(LimitsConfig limits) {
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        connection = context.channel();
        if (OPEN.incrementAndGet() > limits.connections() && !makeRoom()) {
            context.close();
            return;
        }
        rest();
        awaitHead(connection);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        OPEN.decrementAndGet();
        AT_REST.remove(this);
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
            guard.unanswered++;
            AT_REST.remove(guard);
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

    /** The client has taken the answer; on its event loop. */
    static void taken(HttpServerRequest request) {
        ConnectionGuard guard = of(request);
        if (guard != null && --guard.unanswered == 0) {
            guard.rest();
        }
    }

    private static ConnectionGuard of(HttpServerRequest request) {
        return pipeline(request).get(ConnectionGuard.class);
    }

    private static ChannelPipeline pipeline(HttpServerRequest request) {
        return ((ConnectionBase) request.connection()).channel().pipeline();
    }

    private void rest() {
        if (connection.isActive()) {
            restsSince = System.nanoTime();
            AT_REST.add(this);
        }
    }

    /** Whether one is closed. */
    private static boolean makeRoom() {
        long now = System.nanoTime();
        while (true) {
            Optional<ConnectionGuard> longest =
                    AT_REST.stream().max(Comparator.comparingLong(guard -> now - guard.restsSince));
            if (longest.isEmpty()) {
                return false;
            }
            if (AT_REST.remove(longest.get())) {
                longest.get().closeUnlessAsked();
                return true;
            }
        }
    }

    /** A request that has come meanwhile is answered; then there is one more for a moment. */
    private void closeUnlessAsked() {
        connection.eventLoop().execute(() -> {
            if (unanswered == 0) {
                connection.pipeline().firstContext().close();
            }
        });
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
