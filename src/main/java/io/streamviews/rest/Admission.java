package io.streamviews.rest;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.quarkus.arc.All;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the requests that are in flight in this process, and what their answers take. One is in flight until its client has
 * taken the answer; who takes nothing of it for too long is cut, and who holds a body back, or only waits, is refused where
 * others want to come in. Whoever asks for the process's health always comes in.
 */
@ApplicationScoped
public class Admission {

    /** Before all other routes. */
    static final int ORDER = Integer.MIN_VALUE;

    /** The addresses of the process's health. */
    public static final Set<String> HEALTH =
            Set.of("/q/health", "/q/health/live", "/q/health/ready", "/q/health/started");

    private final LimitsConfig limits;
    private final UnreadAnswers unread;
    private final HeldBodies bodies;
    private final List<MakesRoom> waiting;
    private final AtomicInteger inFlight = new AtomicInteger();

    Admission(LimitsConfig limits, UnreadAnswers unread, HeldBodies bodies, @All List<MakesRoom> waiting) {
        this.limits = limits;
        this.unread = unread;
        this.bodies = bodies;
        this.waiting = waiting;
    }

    void register(@Observes Router router) {
        router.route().order(ORDER).handler(this::admit);
    }

    private void admit(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        ConnectionGuard.begun(request);
        routing.addEndHandler(ended -> ConnectionGuard.ended(request));
        // as it stands there: what only begins so may lead elsewhere
        boolean always = request.path() != null && HEALTH.contains(request.path());
        if (inFlight.incrementAndGet() > limits.requests() && !always && !makeRoom()) {
            inFlight.decrementAndGet();
            routing.addEndHandler(ended -> ConnectionGuard.taken(request));
            Problem.of(ProblemType.BUSY, "%d requests are in flight, as many as may be".formatted(limits.requests()))
                    .answer(request);
            return;
        }
        routing.addEndHandler(ended -> awaitReading(request));
        routing.next();
    }

    private boolean makeRoom() {
        return bodies.makeRoom() || waiting.stream().anyMatch(MakesRoom::makeRoom);
    }

    private void awaitReading(HttpServerRequest request) {
        ChannelHandlerContext connection = ((ConnectionBase) request.connection()).channelHandlerContext();
        if (connection.executor().inEventLoop()) {
            awaitReading(request, connection);
        } else {
            connection.executor().execute(() -> awaitReading(request, connection));
        }
    }

    private void awaitReading(HttpServerRequest request, ChannelHandlerContext connection) {
        // what is flushed behind the answer has been taken when that has been
        ChannelFuture flushed = connection.writeAndFlush(Unpooled.EMPTY_BUFFER);
        ChannelOutboundBuffer buffer = connection.channel().unsafe().outboundBuffer();
        if (flushed.isDone() || buffer == null) {
            inFlight.decrementAndGet();
            ConnectionGuard.taken(request);
            return;
        }
        long written = request.response().bytesWritten();
        UnreadAnswer answer = new UnreadAnswer(request, limits.patience());
        // with TLS nobody can tell how much of it is on its way
        unread.add(answer, request.isSSL() ? written : Math.min(buffer.totalPendingWriteBytes(), written));
        flushed.addListener(taken -> {
            unread.remove(answer);
            inFlight.decrementAndGet();
            ConnectionGuard.taken(request);
        });
    }
}
