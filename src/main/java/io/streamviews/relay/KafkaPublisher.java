package io.streamviews.relay;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.streamviews.eventlog.Entities;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.Traces;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/**
 * Publishes through one channel, whose records go to the topic of their aggregate. The buffer before the channel has no
 * bound of its own: the relay sends a batch and waits, so the batch is the bound.
 */
@ApplicationScoped
public class KafkaPublisher implements Publisher {

    static final String CHANNEL = "events";

    private final Emitter<TimelyPayload> emitter;
    private final Entities entities;
    private final Traces traces;
    private final boolean cloudEvents;

    KafkaPublisher(
            @Channel(CHANNEL) @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) Emitter<TimelyPayload> emitter,
            Entities entities,
            Traces traces,
            RelayConfig config) {
        this.emitter = emitter;
        this.entities = entities;
        this.traces = traces;
        this.cloudEvents = config.cloudEvents();
    }

    @Override
    public Uni<Void> publish(List<Event> events, long until) {
        return Uni.createFrom().emitter(outcome -> {
            Acknowledgements outcomes = new Acknowledgements(events.size(), outcome);
            events.forEach(event -> send(event, until, outcomes));
        });
    }

    private void send(Event event, long until, Acknowledgements outcomes) {
        TimelyPayload payload = new TimelyPayload(event.payload(), until, outcomes);
        try {
            emitter.send(event.traceparent() == null ? message(event, payload) : traced(event, payload));
        } catch (IllegalStateException closed) {
            outcomes.failed(closed);
        }
    }

    private Message<TimelyPayload> message(Event event, TimelyPayload payload) {
        Acknowledgements outcomes = payload.batch();
        return Message.of(payload, record(event, null), outcomes::succeeded, outcomes::failed);
    }

    /** A process whose own traces are off passes the command's trace on as it is. */
    private Message<TimelyPayload> traced(Event event, TimelyPayload payload) {
        Acknowledgements outcomes = payload.batch();
        Span span =
                traces.publishing(event, entities.of(event.aggregate().type()).topic());
        String own = Traces.traceparent(span);
        return Message.of(
                payload,
                record(event, own == null ? event.traceparent() : own),
                () -> {
                    span.end();
                    return outcomes.succeeded();
                },
                failure -> {
                    span.recordException(failure).setStatus(StatusCode.ERROR).end();
                    return outcomes.failed(failure);
                });
    }

    private Metadata record(Event event, String traceparent) {
        return Metadata.of(OutgoingKafkaRecordMetadata.<String>builder()
                .withTopic(entities.of(event.aggregate().type()).topic())
                .withKey(event.key())
                .withTimestamp(event.occurredAt())
                .withHeaders(RecordHeaders.of(event, traceparent, cloudEvents))
                .build());
    }
}
