package io.streamviews.relay;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.streamviews.kafka.Topics;
import io.streamviews.postgres.DatabaseConnections;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** The application's relay, from its start, once the topics are there, to its end. */
@ApplicationScoped
public class RelayAtStart {

    private static final Logger LOG = Logger.getLogger(Relay.class);
    private static final int GRACE_SECONDS = 2;

    private final Topics topics;
    private final Optional<Relay> relay;

    RelayAtStart(
            RelayConfig config, Topics topics, Vertx vertx, DatabaseConnections connections, KafkaPublisher publisher) {
        this.topics = topics;
        this.relay = config.enabled()
                ? Optional.of(new Relay(vertx, connections::open, publisher, config))
                : Optional.empty();
    }

    /** Absent where the relay is switched off. */
    public Optional<RelayState> state() {
        return relay.map(Relay::state);
    }

    void onStart(@Observes StartupEvent start) {
        // a mismatch ends the process: see Topics
        relay.ifPresent(it -> topics.ensure().subscribe().with(done -> it.start(), mismatch -> {}));
    }

    void onStop(@Observes ShutdownEvent stop) throws InterruptedException, ExecutionException {
        if (relay.isPresent()) {
            try {
                relay.get().stop().get(GRACE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("Relay stopped before Kafka acknowledged what it was publishing; it is published again");
            }
        }
    }
}
