package io.streamviews.rest;

import io.vertx.core.Context;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * Has requests come in at the gate and tells a tracer of them, where traces are on. The gate comes first, and what a tracer
 * throws at a request that is none keeps nobody from the answer: it goes without a span.
 */
final class TracedGate implements VertxTracer<TracedGate.Begun, Object> {

    private static final Logger LOG = Logger.getLogger(TracedGate.class);

    private final RequestGate gate;
    private final VertxTracer<Object, Object> traces;

    @SuppressWarnings("unchecked")
    TracedGate(RequestGate gate, VertxTracer<?, ?> traces) {
        this.gate = gate;
        this.traces = (VertxTracer<Object, Object>) traces;
    }

    @Override
    public <R> Begun receiveRequest(
            Context context,
            SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        PipelinedRequests ahead = gate.receiveRequest(context, kind, policy, request, operation, headers, tags);
        Object span = null;
        try {
            span = traces.receiveRequest(context, kind, policy, request, operation, headers, tags);
        } catch (RuntimeException e) {
            LOG.debug("A request has no span", e);
        }
        return ahead == null && span == null ? null : new Begun(ahead, span);
    }

    @Override
    public <R> void sendResponse(Context context, R response, Begun begun, Throwable failure, TagExtractor<R> tags) {
        if (begun == null) {
            return;
        }
        gate.sendResponse(context, response, begun.ahead(), failure, tags);
        if (begun.span() != null) {
            try {
                traces.sendResponse(context, response, begun.span(), failure, tags);
            } catch (RuntimeException e) {
                LOG.debug("A request's span is lost", e);
            }
        }
    }

    @Override
    public <R> Object sendRequest(
            Context context,
            SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            BiConsumer<String, String> headers,
            TagExtractor<R> tags) {
        return traces.sendRequest(context, kind, policy, request, operation, headers, tags);
    }

    @Override
    public <R> void receiveResponse(Context context, R response, Object span, Throwable failure, TagExtractor<R> tags) {
        if (span != null) {
            traces.receiveResponse(context, response, span, failure, tags);
        }
    }

    @Override
    public void close() {
        traces.close();
    }

    /** @param span null if it has none */
    record Begun(PipelinedRequests ahead, Object span) {}
}
