package io.streamviews.event;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/**
 * Publishes through one channel, whose records go to the topic of their aggregate. The buffer before the channel has no
 * bound of its own: the relay sends a batch and waits, so the batch is the bound.
 */
@ApplicationScoped
public class KafkaPublisher implements Publisher {

    static final String CHANNEL = "events";

    private final MutinyEmitter<String> emitter;
    private final Topics topics;

    KafkaPublisher(
            @Channel(CHANNEL) @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) MutinyEmitter<String> emitter,
            Topics topics) {
        this.emitter = emitter;
        this.topics = topics;
    }

    @Override
    public Uni<Void> publish(List<Event> events) {
        List<Uni<Void>> acknowledgements =
                events.stream().map(event -> emitter.sendMessage(record(event))).toList();
        return Uni.join()
                .all(acknowledgements)
                .andCollectFailures()
                .onFailure()
                .transform(failure -> new PublishFailedException(
                        failure instanceof CompositeException several
                                ? several.getCauses().get(0)
                                : failure))
                .replaceWithVoid();
    }

    private Message<String> record(Event event) {
        return Message.of(event.payload())
                .addMetadata(OutgoingKafkaRecordMetadata.<String>builder()
                        .withTopic(topics.of(event.aggregateType()))
                        .withKey(event.key())
                        .withTimestamp(event.occurredAt())
                        .build());
    }
}
