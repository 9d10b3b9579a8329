package io.streamviews.eventlog;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The traces that events belong to. A command's trace is written with its event, also where one transaction has the events of
 * many commands; so it outlives the process, and any relay may go on with it. While traces are off nothing is looked up and nothing is made.
 */
@ApplicationScoped
public class Traces {

    /** The header's name, and the column's. */
    public static final String TRACEPARENT = "traceparent";

    private static final TextMapGetter<String> PARENT = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String traceparent) {
            return List.of(TRACEPARENT);
        }

        @Override
        public String get(String traceparent, String key) {
            return key.equals(TRACEPARENT) ? traceparent : null;
        }
    };

    private final Optional<Tracer> tracer;

    Traces(
            OpenTelemetry telemetry,
            @ConfigProperty(name = "quarkus.otel.sdk.disabled", defaultValue = "false") boolean disabled) {
        tracer = disabled ? Optional.empty() : Optional.of(telemetry.getTracer("io.streamviews"));
    }

    /** Empty while traces are off. */
    public Optional<Tracer> tracer() {
        return tracer;
    }

    /** The trace of the request that is being answered here and now; null if none is to be kept. */
    public String current() {
        return tracer.isEmpty() ? null : traceparent(Span.current());
    }

    /** That an event is published, as a part of its command's trace; not recorded if that is none, or traces are off. */
    public Span publishing(Event event, String topic) {
        if (tracer.isEmpty() || event.traceparent() == null) {
            return Span.getInvalid();
        }
        return tracer.get()
                .spanBuilder("publish " + topic)
                .setSpanKind(SpanKind.PRODUCER)
                .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), event.traceparent(), PARENT))
                .setAttribute("messaging.system", "kafka")
                .setAttribute("messaging.operation.type", "send")
                .setAttribute("messaging.destination.name", topic)
                .startSpan();
    }

    /** Null if the span is not recorded. */
    public static String traceparent(Span span) {
        SpanContext context = span.getSpanContext();
        return context.isValid() && context.isSampled()
                ? "00-%s-%s-%s"
                        .formatted(
                                context.getTraceId(),
                                context.getSpanId(),
                                context.getTraceFlags().asHex())
                : null;
    }
}
