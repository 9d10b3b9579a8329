package io.streamviews.projection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the views are behind, for the meters. Every instance says the same of it, since it is read from PostgreSQL and
 * Kafka; only which partitions it writes itself each knows alone.
 */
final class ProgressMetrics {

    private final ProgressWatch watch;
    private final Assignments assignments;
    private final MeterRegistry registry;
    private final Set<TopicPartition> registered = new HashSet<>();
    private final Set<String> topics = new HashSet<>();

    ProgressMetrics(ProgressWatch watch, Assignments assignments, MeterRegistry registry) {
        this.watch = watch;
        this.assignments = assignments;
        this.registry = registry;
        registerOfAll();
    }

    /** Those that are new. */
    void register(List<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            if (topics.add(partition.topic())) {
                register(partition.topic());
            }
            if (registered.add(partition)) {
                register(partition);
            }
        }
    }

    private void register(String topic) {
        Gauge.builder("streamviews.projection.lag", watch, it -> it.progress().lagOf(topic))
                .description("Events in the topic that are not yet in the views")
                .tag("topic", topic)
                .baseUnit("events")
                .register(registry);
    }

    private void registerOfAll() {
        Gauge.builder("streamviews.projection.gaps", watch, it -> it.progress().gaps())
                .description("How often Kafka has lost events that the views have not read; see projection_gap")
                .register(registry);
        Gauge.builder("streamviews.projection.overtaken", watch, ProgressWatch::overtaken)
                .description("Offsets that Kafka has removed and the views do not hold, while nothing is read")
                .baseUnit("events")
                .register(registry);
        Gauge.builder("streamviews.projection.held.back", watch, ProgressWatch::heldBack)
                .description("Offsets that cannot be read because a Kafka transaction has not ended for two minutes")
                .baseUnit("events")
                .register(registry);
        Gauge.builder("streamviews.projection.suspended", watch, it -> it.progress()
                        .suspended()
                        .size())
                .description("Derived views that stand still, since they failed")
                .baseUnit("views")
                .register(registry);
        Gauge.builder(
                        "streamviews.projection.paused",
                        watch,
                        it -> it.progress().paused() ? 1 : 0)
                .description("1 while an operator has paused the projection")
                .register(registry);
        Gauge.builder("streamviews.projection.read.timestamp", watch, it -> it.progress()
                        .readAt()
                        .getEpochSecond())
                .description("When lag, gaps, suspended views and pause were last read; 0: never")
                .baseUnit("seconds")
                .register(registry);
    }

    private void register(TopicPartition partition) {
        Gauge.builder("streamviews.projection.partition.lag", watch, it -> it.progress()
                        .lagOf(partition))
                .description("Events in the partition that are not yet in the views")
                .tag("topic", partition.topic())
                .tag("partition", String.valueOf(partition.partition()))
                .baseUnit("events")
                .register(registry);
        Gauge.builder("streamviews.projection.owned.epoch", assignments, it -> it.epochIfHeld(partition))
                .description("The epoch at which this process writes the partition; 0: it does not")
                .tag("topic", partition.topic())
                .tag("partition", String.valueOf(partition.partition()))
                .register(registry);
    }
}
