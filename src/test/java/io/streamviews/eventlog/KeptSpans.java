package io.streamviews.eventlog;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.stream.Stream;

/** Takes the place of the exporter where traces are on. */
final class KeptSpans {

    private static final InMemorySpanExporter KEPT = InMemorySpanExporter.create();

    @Produces
    @Singleton
    static SpanExporter exporter() {
        return KEPT;
    }

    static Stream<SpanData> named(String name) {
        return all().filter(span -> span.getName().equals(name));
    }

    static Stream<SpanData> all() {
        return KEPT.getFinishedSpanItems().stream();
    }
}
