package io.streamviews.event;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
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
    private final Topics topics;

    KafkaPublisher(
            @Channel(CHANNEL) @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) Emitter<TimelyPayload> emitter,
            Topics topics) {
        this.emitter = emitter;
        this.topics = topics;
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
            emitter.send(Message.of(payload, record(event), outcomes::succeeded, outcomes::failed));
        } catch (IllegalStateException closed) {
            outcomes.failed(closed);
        }
    }

    private Metadata record(Event event) {
        return Metadata.of(OutgoingKafkaRecordMetadata.<String>builder()
                .withTopic(topics.of(event.aggregateType()))
                .withKey(event.key())
                .withTimestamp(event.occurredAt())
                .build());
    }
}
