package io.streamviews.projection;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A span for each batch, from the first attempt to its commit: a child of the first sampled trace of its records, with
 * links to all of them. Made when it is committed, and only if there is such a trace. Without a tracer no header is
 * read.
 */
final class BatchTraces implements BatchListener {

    /** The SDK keeps no more. */
    private static final int MOST_LINKS = 128;

    private static final TextMapGetter<Headers> HEADERS = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers headers) {
            return StreamSupport.stream(headers.spliterator(), false)
                    .map(Header::key)
                    .toList();
        }

        @Override
        public String get(Headers headers, String key) {
            Header header = headers.lastHeader(key);
            return header == null || header.value() == null
                    ? null
                    : new String(header.value(), StandardCharsets.US_ASCII);
        }
    };

    private volatile Tracer tracer;

    void to(Tracer tracer) {
        this.tracer = tracer;
    }

    /** The trace of a record; null if none is to be kept. What its producer wrote there may be anything. */
    SpanContext of(Headers headers) {
        if (tracer == null) {
            return null;
        }
        SpanContext found = Span.fromContext(
                        W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS))
                .getSpanContext();
        return found.isSampled() ? found : null;
    }

    @Override
    public void committed(WriteBatch batch, long startNanos) {
        Tracer to = tracer;
        if (to == null) {
            return;
        }
        List<SpanContext> traces = batch.records().stream()
                .map(TopicRecord::trace)
                .filter(Objects::nonNull)
                .distinct()
                .limit(MOST_LINKS)
                .toList();
        if (!traces.isEmpty()) {
            SpanBuilder span = to.spanBuilder("write views")
                    .setSpanKind(SpanKind.CONSUMER)
                    .setParent(Context.root().with(Span.wrap(traces.get(0))))
                    .setStartTimestamp(Instant.now().minusNanos(System.nanoTime() - startNanos))
                    .setAttribute("messaging.system", "kafka")
                    .setAttribute("messaging.operation.type", "process")
                    .setAttribute("messaging.destination.partition.id", String.valueOf(batch.partition()))
                    .setAttribute("messaging.batch.message_count", (long) batch.rows())
                    .setAttribute("streamviews.dead_letters", (long)
                            batch.deadLetters().size());
            traces.forEach(span::addLink);
            span.startSpan().end();
        }
    }
}
