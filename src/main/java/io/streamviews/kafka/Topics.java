package io.streamviews.kafka;

import io.quarkus.arc.All;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The topics, which exist with the right number of partitions once {@link #ensure()} has completed. Nothing may be
 * published or consumed before: a broker that creates topics by itself would create them with its own settings. A relay needs
 * them also where others are to create them; a projection alone has its own way to wait for topics.
 */
@ApplicationScoped
public class Topics {

    private static final Logger LOG = Logger.getLogger(Topics.class);

    private final boolean needed;
    private final Uni<Void> ensured;
    private volatile String trouble;

    Topics(
            @All List<OwnTopic> all,
            TopicsConfig config,
            Admin admin,
            @ConfigProperty(name = "streamviews.relay.enabled") boolean relay,
            @ConfigProperty(name = "streamviews.projection.enabled") boolean projection) {
        this.needed = relay || config.create() && projection;
        this.ensured = Uni.createFrom()
                .voidItem()
                .invoke(() -> new TopicCreation(admin, config, all).run())
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .onFailure(e -> !(e instanceof TopicMismatchException))
                .invoke(this::troubled)
                .onFailure(e -> !(e instanceof TopicMismatchException))
                .retry()
                .withBackOff(Duration.ofMillis(200), Duration.ofSeconds(5))
                .indefinitely()
                .invoke(() -> trouble = null)
                .memoize()
                .indefinitely();
    }

    /**
     * Completes when all topics are there; waits for the broker, and for whoever creates them, as long as it takes. Fails with
     * {@link TopicMismatchException} only, which is said here and ends the process.
     */
    public Uni<Void> ensure() {
        return ensured;
    }

    void onStart(@Observes StartupEvent start) {
        if (needed) {
            ensure().subscribe().with(done -> LOG.debug("The topics are there"), failure -> {
                LOG.fatal(failure.getMessage());
                Quarkus.asyncExit(1);
            });
        }
    }

    /** Why they are not there yet: the broker is away, or refuses, or nobody has created one that this process must not create. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** One line for each reason, not for each attempt. */
    private void troubled(Throwable failure) {
        if (failure instanceof TopicExistsException || failure instanceof UnknownTopicOrPartitionException) {
            return; // another process starts with this one, or the broker does not know yet what it has just created
        }
        String found = "Cannot make sure of the topics yet, trying on: " + reason(failure);
        if (!found.equals(trouble)) {
            trouble = found;
            LOG.warn(found);
        }
    }

    /** A failed handshake says in its cause why it has. */
    private static String reason(Throwable failure) {
        return failure instanceof SslAuthenticationException && failure.getCause() != null
                ? failure.getMessage() + ": " + failure.getCause().getMessage()
                : failure.getMessage();
    }
}
