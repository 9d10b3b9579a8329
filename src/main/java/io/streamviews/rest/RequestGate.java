package io.streamviews.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.quarkus.vertx.VertxOptionsCustomizer;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.json.Json;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingOptions;
import io.vertx.core.tracing.TracingPolicy;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Where every request comes in, on every port, before Quarkus has it: what is no HTTP (see {@link RequestSyntax}) is
 * answered with a problem document here, where Vert.x and Quarkus would say nothing, or never answer.
 *
 * <p>It is installed as a tracer, because Vert.x calls that before it chooses a request's handler: a handler of invalid
 * requests can be set only by who opens the server, and Quarkus sets none.
 */
@Singleton
final class RequestGate implements VertxOptionsCustomizer, VertxTracer<PipelinedRequests, Void> {

    private static final long LINGER_MS = 5_000;

    private final BoundedBodies bodies;
    private final PlainRequests plain;

    RequestGate(BoundedBodies bodies, PlainRequests plain) {
        this.bodies = bodies;
        this.plain = plain;
    }

    /**
     * Vert.x would rather be given a tracer by its builder, which is Quarkus' own. Where traces are on, Quarkus has set one
     * before.
     */
    @Override
    @SuppressWarnings("deprecation")
    public void accept(VertxOptions options) {
        TracingOptions former = options.getTracingOptions();
        VertxTracerFactory traces = former == null ? null : former.getFactory();
        options.setTracingOptions(new TracingOptions()
                .setFactory(ignored -> traces == null ? this : new TracedGate(this, traces.tracer(former))));
    }

    @Override
    public <R> PipelinedRequests receiveRequest(
            Context context,
            SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        if (request instanceof HttpServerRequestInternal http
                && http.connection() instanceof HttpServerConnection connection) {
            connection.handler(this::enter);
            connection.invalidRequestHandler(this::refuseInvalid);
            return PipelinedRequests.of((ConnectionBase) http.connection());
        }
        return null;
    }

    @Override
    public <R> void sendResponse(
            Context context, R response, PipelinedRequests ahead, Throwable failure, TagExtractor<R> tags) {
        if (ahead != null) {
            ahead.answered();
        }
    }

    private void enter(HttpServerRequest request) {
        BrowserHeaders.set(request.response()::putHeader);
        if (request.version() == null) {
            refuse(request, Problem.of(400, "The protocol must be HTTP/1.1 or HTTP/1.0"));
            return;
        }
        Problem problem = RequestSyntax.check(request);
        if (problem != null) {
            problem.answer(request);
        } else if (!plain.redirect(request)) {
            VertxHttpRecorder.getRootHandler().handle(bodies.bound((HttpServerRequestInternal) request));
        }
    }

    private void refuseInvalid(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            refuse(request, Problem.of(414, "The request line is too long"));
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(request, Problem.of(431, "The header section is too large"));
        } else {
            refuse(request, Problem.of(400, "This is not an HTTP request: its request line or a header is malformed"));
        }
    }

    /**
     * Answers what Vert.x takes for no request. It would close the connection at once, and a client that still writes would
     * see that instead of the answer; so its response is passed over.
     */
    private static void refuse(HttpServerRequest request, Problem problem) {
        byte[] body = Json.encode(problem).getBytes(UTF_8);
        FullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(problem.status()), Unpooled.wrappedBuffer(body));
        answer.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        BrowserHeaders.set(answer.headers()::set);
        ConnectionBase connection = (ConnectionBase) request.connection();
        connection.channelHandlerContext().writeAndFlush(answer);
        Vertx vertx = connection.getContext().owner();
        long late = vertx.setTimer(LINGER_MS, elapsed -> connection.close());
        connection.closeHandler(closed -> vertx.cancelTimer(late));
    }
}
