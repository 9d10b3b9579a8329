package io.streamviews.projection.generation;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.postgres.Reason;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.Layout;
import io.streamviews.projection.Projection;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jboss.logging.Logger.Level;

/**
 * Runs Kafka Streams for the base views of the live generation. Views whose topics are not there, or do not fit together, wait
 * alone; the others are kept meanwhile. When what can be read has changed, by another generation or a new topic, it is started
 * anew: positions are in PostgreSQL, so that costs a rebalance, no more.
 */
@ApplicationScoped
public class LiveStreams {

    private static final Logger LOG = Logger.getLogger(LiveStreams.class);
    private static final String PREFIX = "kafka-streams.";
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /** Looks between two at topics that are all there: somebody may add partitions. */
    private static final int RARELY = 10;

    private final Instance<Projection> projection;
    private final Views views;
    private final PartitionCounts counts;
    private final boolean projects;
    private final boolean isRead;
    private final boolean saysThatKafkaIsAway;
    private final Properties settings;
    private Cancellable looking;
    private long looks;
    private long seen;
    private Layout layout = Layout.NONE;
    private Layout lastWanted = Layout.NONE;
    private boolean stopped;
    private boolean doesNotStop;
    private volatile KafkaStreams streams;
    private volatile boolean isBeingReplaced;
    private volatile List<String> waiting = List.of();

    LiveStreams(
            Instance<Projection> projection,
            Views views,
            PartitionCounts counts,
            Config config,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.projection = projection;
        this.views = views;
        this.counts = counts;
        this.projects = config.getValue("streamviews.projection.enabled", Boolean.class);
        this.isRead = config.getValue("streamviews.views.enabled", Boolean.class);
        // else it is said by who makes sure of our own topics
        this.saysThatKafkaIsAway = !config.getValue("streamviews.topics.create", Boolean.class)
                && !config.getValue("streamviews.relay.enabled", Boolean.class);
        this.settings = settings(config, kafka);
    }

    private static Properties settings(Config config, Map<String, Object> kafka) {
        Properties settings = new Properties();
        kafka.forEach((name, value) -> {
            if (AdminClientConfig.configNames().contains(name)) {
                settings.put(name, value);
            }
        });
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                config.getOptionalValue(name, String.class)
                        .ifPresent(value -> settings.put(name.substring(PREFIX.length()), value));
            }
        }
        settings.put(
                StreamsConfig.APPLICATION_ID_CONFIG,
                config.getValue("quarkus.kafka-streams.application-id", String.class));
        return settings;
    }

    void onStart(@Observes StartupEvent start, MeterRegistry meters) {
        if (projects) {
            Gauge.builder("streamviews.projection.waiting", () -> waiting.size())
                    .description("Reasons why views are not kept: what is wrong with their topics")
                    .register(meters);
            looking = Ticks.every(INTERVAL, () -> Uni.createFrom()
                    .voidItem()
                    .invoke(this::look)
                    .runSubscriptionOn(Infrastructure.getDefaultWorkerPool()));
        } else if (isRead) {
            looking = Ticks.every(INTERVAL, () -> views.hasChanged()
                    .flatMap(changed -> changed
                            ? views.reload().replaceWithVoid()
                            : Uni.createFrom().voidItem()));
        }
    }

    /** Before the connections to PostgreSQL end: what is on its way is written. */
    void onStop(@Observes @Priority(1) ShutdownEvent stop) {
        if (looking != null) {
            looking.cancel();
        }
        synchronized (this) {
            stopped = true;
            if (streams != null) {
                streams.close();
            }
        }
    }

    /**
     * What Kafka Streams is doing; {@code CREATED} if nothing can be read yet. To be started anew is a rebalance, and no end, which is
     * for who supervises the process; unless it does not stop in time.
     */
    public KafkaStreams.State state() {
        if (!isBeingReplaced) {
            KafkaStreams current = streams;
            KafkaStreams.State state = current == null ? KafkaStreams.State.CREATED : current.state();
            if (!isBeingReplaced) {
                return state;
            }
        }
        return KafkaStreams.State.REBALANCING;
    }

    /** Why some views are not kept: what is wrong with their topics. */
    public List<String> waiting() {
        return waiting;
    }

    private synchronized void look() {
        if (stopped) {
            return;
        }
        // its own memory of it: what takes partitions over asks for the views, too, and may be the first to after an
        // exchange
        long live = views.oid().await().indefinitely();
        boolean isDue = layout == Layout.NONE || doesNotStop || !waiting.isEmpty() || looks++ % RARELY == 0;
        if (!isDue && live == seen) {
            return;
        }
        Layout wanted = wanted();
        seen = live;
        // A broker that has just come back may not know a topic for a moment: what is declared is not read any more at
        // the second look.
        List<String> declared = views.topics();
        boolean ends = layout.partitions().keySet().stream()
                .anyMatch(topic ->
                        declared.contains(topic) && !wanted.partitions().containsKey(topic));
        if ((doesNotStop || !wanted.equals(layout)) && (!ends || wanted.equals(lastWanted))) {
            run(wanted);
        }
        lastWanted = wanted;
    }

    private Layout wanted() {
        List<List<String>> groups = views.groups().await().indefinitely();
        Map<String, Integer> found = found();
        Map<String, String> wrong = views.wrong();
        // of those whose topic is not known, there is no group
        List<String> reasons = new ArrayList<>(wrong.entrySet().stream()
                .filter(each -> groups.stream().noneMatch(group -> group.contains(each.getKey())))
                .map(Map.Entry::getValue)
                .toList());
        List<List<String>> whole = new ArrayList<>();
        Map<String, Integer> read = new HashMap<>();
        for (List<String> group : groups) {
            String reason = reason(group, found, wrong);
            if (reason == null) {
                whole.add(group);
                group.forEach(topic -> read.put(topic, found.get(topic)));
            } else {
                reasons.add(reason);
            }
        }
        say(reasons, true);
        return new Layout(whole, read);
    }

    private Map<String, Integer> found() {
        try {
            return counts.of(views.topics());
        } catch (KafkaException e) {
            String reason = e.getCause() == null
                    ? e.getMessage()
                    : e.getMessage() + ": " + e.getCause().getMessage();
            if (layout == Layout.NONE) {
                say(List.of("The topics cannot be looked for, trying on: " + reason), saysThatKafkaIsAway);
            }
            throw e;
        }
    }

    /** Once, not at each look. */
    private void say(List<String> reasons, boolean aloud) {
        if (!reasons.equals(waiting)) {
            reasons.forEach(reason -> LOG.log(aloud ? Level.WARN : Level.DEBUG, reason));
            waiting = List.copyOf(reasons);
        }
    }

    private static String reason(List<String> group, Map<String, Integer> found, Map<String, String> wrong) {
        String kept = "the views of " + String.join(" and ", group) + " wait";
        for (String topic : group) {
            if (wrong.containsKey(topic)) {
                return "%s; %s".formatted(wrong.get(topic), kept);
            }
            if (!found.containsKey(topic)) {
                return "Topic %s does not exist yet, or may not be seen; %s".formatted(topic, kept);
            }
            if (!found.get(topic).equals(found.get(group.get(0)))) {
                return "Topic %s has %d partitions and %s has %d, and a view is kept from both: they need equally many; %s"
                        .formatted(topic, found.get(topic), group.get(0), found.get(group.get(0)), kept);
            }
        }
        return null;
    }

    private void run(Layout wanted) {
        isBeingReplaced = streams != null && !doesNotStop;
        try {
            if (isBeingReplaced) {
                LOG.info("Other topics are to be read: Kafka Streams is started anew");
            }
            doesNotStop = streams != null && !streams.close(STOP_PATIENCE);
            if (doesNotStop) {
                LOG.warn("Kafka Streams has not stopped in time; trying again");
                return;
            }
            // Until the next one runs there is nothing that the next look could take for what is wanted.
            layout = Layout.NONE;
            streams = null;
            if (!wanted.groups().isEmpty()) {
                streams = started(wanted);
            }
            layout = wanted;
        } finally {
            isBeingReplaced = false;
        }
    }

    private KafkaStreams started(Layout wanted) {
        KafkaStreams next = null;
        try {
            next = projection.get().streams(wanted, settings);
            next.start();
            return next;
        } catch (RuntimeException e) {
            LOG.errorf("Kafka Streams cannot be started, trying on: %s", Reason.of(e));
            if (next != null) {
                next.close(STOP_PATIENCE);
            }
            throw e;
        }
    }
}
