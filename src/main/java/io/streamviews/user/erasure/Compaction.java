package io.streamviews.user.erasure;

import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_COMPACT;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_DELETE;
import static org.apache.kafka.common.config.TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.SEGMENT_MS_CONFIG;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How long a topic may keep a record after a newer one of its key, by the topic's settings as they are. Compaction leaves the
 * latest segment alone, and a segment ends when a record is appended after its time: then it is due, if not before, when its
 * first record is as old as the greatest lag allows.
 */
record Compaction(Optional<Duration> due) {

    /** For a broker that looks every so often at what is due, and has others to clean. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** @param settings of the topic, with the broker's where it has none of its own */
    static Compaction of(Map<String, String> settings) {
        String policies = settings.getOrDefault(CLEANUP_POLICY_CONFIG, CLEANUP_POLICY_DELETE);
        return new Compaction(Stream.of(compacted(policies, settings), removed(policies, settings))
                .flatMap(Optional::stream)
                .min(Duration::compareTo));
    }

    /** When it is gone at the latest. */
    Optional<Duration> over() {
        return due.map(PATIENCE::plus);
    }

    private static Optional<Duration> compacted(String policies, Map<String, String> settings) {
        return has(policies, CLEANUP_POLICY_COMPACT)
                ? ms(settings, MAX_COMPACTION_LAG_MS_CONFIG).map(most -> Stream.of(
                                most, ms(settings, MIN_COMPACTION_LAG_MS_CONFIG).orElse(Duration.ZERO))
                        .max(Duration::compareTo)
                        .get())
                : Optional.empty();
    }

    private static Optional<Duration> removed(String policies, Map<String, String> settings) {
        return has(policies, CLEANUP_POLICY_DELETE)
                ? ms(settings, RETENTION_MS_CONFIG)
                        .flatMap(retention -> ms(settings, SEGMENT_MS_CONFIG).map(retention::plus))
                : Optional.empty();
    }

    private static boolean has(String policies, String policy) {
        return Arrays.stream(policies.split(",")).map(String::strip).anyMatch(policy::equals);
    }

    /** Empty if there is no bound. */
    private static Optional<Duration> ms(Map<String, String> settings, String name) {
        return Optional.ofNullable(settings.get(name))
                .map(Long::parseLong)
                .filter(ms -> ms >= 0 && ms < Long.MAX_VALUE)
                .map(Duration::ofMillis);
    }
}
