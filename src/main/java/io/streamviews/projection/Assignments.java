package io.streamviews.projection;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/** What this process is assigned. A consumer begins an assignment before Kafka Streams makes the task that looks it up. */
final class Assignments {

    /**
     * Bytes of records. While a record is decoded, sent, and maybe applied by itself it takes several times its size; and
     * what consumers have fetched already still comes.
     */
    private static final long MAX_UNWRITTEN = Runtime.getRuntime().maxMemory() / 16;

    private final Map<TopicPartition, Assignment> current = new ConcurrentHashMap<>();

    Assignment begin(TopicPartition partition) {
        Assignment begun = new Assignment();
        current.put(partition, begun);
        return begun;
    }

    /** Ends an assignment, unless another one has followed it already. */
    void end(TopicPartition partition, Assignment ended) {
        current.remove(partition, ended);
    }

    /**
     * Whether so much waits to be written, by all tasks together, that none of them may fetch more before it has written what it
     * has. The others may: one that cannot write holds nobody up.
     */
    boolean areFull() {
        long unwritten = 0;
        for (Assignment assignment : current.values()) {
            unwritten += assignment.unwritten();
        }
        return unwritten > MAX_UNWRITTEN;
    }

    /** What a look at PostgreSQL has shown; epochs that are higher than a task's own end the task. */
    void seen(Map<TopicPartition, Long> epochs, boolean paused) {
        current.forEach((partition, assignment) -> {
            assignment.pause(paused);
            assignment.seen(epochs.getOrDefault(partition, 0L), null);
        });
    }

    /** What a look at Kafka has shown, by topic; that a topic was made anew ends the tasks of the former one. */
    void seen(Map<String, String> topicIds) {
        current.forEach((partition, assignment) -> assignment.seen(0, topicIds.get(partition.topic())));
    }

    /** The epoch at which this process writes a partition; 0 if it does not. */
    long epochIfHeld(TopicPartition partition) {
        Assignment found = current.get(partition);
        return found == null ? 0 : found.epochIfHeld();
    }

    /**
     * The latest assignment of a partition.
     *
     * @throws IllegalStateException if there is none
     */
    Assignment of(TopicPartition partition) {
        Assignment found = current.get(partition);
        if (found == null) {
            throw new IllegalStateException("%s is not assigned".formatted(partition));
        }
        return found;
    }
}
