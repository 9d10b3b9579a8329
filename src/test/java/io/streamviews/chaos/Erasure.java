package io.streamviews.chaos;

import static org.awaitility.Awaitility.await;

import io.streamviews.chaos.Archive.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Removes records, or a whole topic, under the eyes of the projection, and keeps account of it. What nobody can have read
 * is known where the projection was paused: what came after it stood still.
 */
final class Erasure {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Longer than it takes until all instances know of a pause, and have written what they had read by then. */
    private static final Duration STANDS_STILL = Duration.ofSeconds(3);

    private static final long UNDER_WAY = 1_000_000;

    private final Cluster cluster;
    private final Archive archive;
    private final Losses losses;
    private final Operators operators;
    private final Journal journal;

    Erasure(Cluster cluster, Archive archive, Losses losses, Operators operators, Journal journal) {
        this.cluster = cluster;
        this.archive = archive;
        this.losses = losses;
        this.operators = operators;
        this.journal = journal;
    }

    /** How the projection is kept from reading meanwhile. */
    private enum Mode {
        NOT_AT_ALL,
        PAUSED,
        FROZEN,
        LOCKED;

        /** Half of the time paused: only that tells for sure what was lost. */
        static Mode of(Fault fault) {
            return fault.variant() < 15
                    ? NOT_AT_ALL
                    : fault.variant() < 60 ? PAUSED : fault.variant() < 80 ? FROZEN : LOCKED;
        }
    }

    void retention(Fault fault) {
        String topic = topic(fault);
        Mode mode = Mode.of(fault);
        journal.fault("records of %s are removed, the projection is held up: %s".formatted(topic, mode));
        switch (mode) {
            case NOT_AT_ALL -> {
                Time.pass(fault.duration());
                remove(topic, read(topic));
            }
            case PAUSED ->
                whilePaused(fault, topic, known -> {
                    Map<TopicPartition, Long> ends = cluster.ends(topic);
                    ends.replaceAll((partition, end) -> known.get(partition) + part(fault, end - known.get(partition)));
                    remove(topic, ends);
                    return ends;
                });
            case FROZEN -> {
                cluster.process(fault.instance()).suspend();
                try {
                    Time.pass(fault.duration());
                    remove(topic, cluster.ends(topic));
                } finally {
                    cluster.process(fault.instance()).resume();
                }
            }
            case LOCKED -> {
                try (Connection connection = cluster.connect();
                        Statement statement = connection.createStatement()) {
                    connection.setAutoCommit(false);
                    statement.execute("LOCK TABLE views.user_view, views.post_view IN SHARE MODE");
                    Time.pass(fault.duration());
                    remove(topic, cluster.ends(topic));
                    connection.rollback();
                } catch (SQLException e) {
                    journal.say("the views could not be locked for long: %s", e.getMessage());
                }
            }
        }
    }

    void exchange(Fault fault) {
        String topic = topic(fault);
        boolean paused = fault.variant() < 40;
        journal.fault("%s is made anew, %s".formatted(topic, paused ? "while the projection is paused" : "at once"));
        if (paused) {
            whilePaused(fault, topic, known -> exchange(topic, fault.duration()));
        } else {
            exchange(topic, fault.duration());
        }
    }

    private String topic(Fault fault) {
        return cluster.topics().get(fault.instance());
    }

    private static long part(Fault fault, long whole) {
        return whole * (50 + fault.variant() / 2) / 100;
    }

    /** Removes something of what comes while the projection is paused: none of that can have been fetched. */
    private void whilePaused(Fault fault, String topic, Removal removal) {
        operators.whilePaused(() -> {
            awaitStandstill();
            long rebuilds = rebuilds();
            Map<TopicPartition, Long> fetched = cluster.ends(topic);
            int incarnation = archive.incarnation(topic);
            Time.pass(fault.duration());
            Map<TopicPartition, Long> removed = removal.after(fetched);
            // one that reads meanwhile may have read just that
            if (rebuilds < UNDER_WAY && rebuilds == rebuilds()) {
                List<Place> unread = new ArrayList<>();
                removed.forEach((partition, before) ->
                        unread.addAll(archive.places(partition, incarnation, fetched.get(partition), before)));
                losses.unread(unread);
                journal.fault("%d events have been removed that nobody has read".formatted(unread.size()));
            }
        });
    }

    private interface Removal {

        /** @return before which offsets nothing is left of the topic that there was */
        Map<TopicPartition, Long> after(Map<TopicPartition, Long> fetched);
    }

    private void awaitStandstill() {
        Map<TopicPartition, Long> last = new HashMap<>();
        await("Standstill of a paused projection")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .during(STANDS_STILL)
                .until(() -> {
                    Map<TopicPartition, Long> seen = cluster.seen();
                    boolean still = seen.equals(last);
                    last.clear();
                    last.putAll(seen);
                    return still;
                });
    }

    /** Changes when a rebuild begins, and is great while there is one. */
    private long rebuilds() {
        return cluster.count("SELECT count(*) + %d * count(*) FILTER (WHERE finished_at IS NULL) FROM public.rebuild"
                .formatted(UNDER_WAY));
    }

    /** Up to where the live views have read. */
    private Map<TopicPartition, Long> read(String topic) {
        Map<TopicPartition, Long> read = new HashMap<>();
        cluster.query(
                "SELECT partition, next_offset FROM views.projection_position WHERE topic = ?",
                row -> read.put(new TopicPartition(topic, row.getInt(1)), row.getLong(2)),
                topic);
        Map<TopicPartition, Long> ends = cluster.ends(topic);
        read.replaceAll((partition, offset) -> Math.min(offset, ends.get(partition)));
        return read;
    }

    private void remove(String topic, Map<TopicPartition, Long> before) {
        allowRemoval(topic);
        archive.awaitRead(before);
        Cluster.get(cluster.admin
                .deleteRecords(before.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, each -> RecordsToDelete.beforeOffset(each.getValue()))))
                .all());
        before.forEach(losses::removed);
    }

    /** Of a topic that is only compacted nothing goes but by compaction. */
    private void allowRemoval(String topic) {
        List<AlterConfigOp> changes = Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete", TopicConfig.RETENTION_MS_CONFIG, "-1")
                .entrySet()
                .stream()
                .map(change -> new AlterConfigOp(
                        new ConfigEntry(change.getKey(), change.getValue()), AlterConfigOp.OpType.SET))
                .toList();
        if (topic.equals(cluster.userEvents)) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            Cluster.get(cluster.admin
                    .incrementalAlterConfigs(Map.of(resource, changes))
                    .all());
        }
    }

    private Map<TopicPartition, Long> exchange(String topic, Duration between) {
        Map<String, String> settings = settings(topic);
        Map<TopicPartition, Long> ends = archive.whileExchanging(topic, () -> {
            Cluster.get(cluster.admin.deleteTopics(List.of(topic)).all());
            Time.pass(between);
            create(new NewTopic(topic, Cluster.PARTITIONS, (short) 1).configs(settings));
        });
        losses.exchanged(topic, ends);
        return ends;
    }

    /** An instance that starts meanwhile makes it, too. */
    private void create(NewTopic topic) {
        try {
            cluster.admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Map<String, String> settings(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return Cluster.get(cluster.admin.describeConfigs(List.of(resource)).all()).get(resource).entries().stream()
                .filter(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG)
                .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
    }
}
