package io.streamviews.projection;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** What this process is assigned. A consumer begins an assignment before Kafka Streams makes the task that looks it up. */
final class Assignments {

    /**
     * Bytes of records. While a record is decoded, sent, and maybe applied by itself it takes several times its size; and
     * what consumers have fetched already still comes.
     */
    private static final long MAX_UNWRITTEN = Runtime.getRuntime().maxMemory() / 16;

    private final Map<TopicPartition, Assignment> current = new ConcurrentHashMap<>();
    private final Function<TopicPartition, String> taskOf;

    /** @param taskOf names the task that has a partition */
    Assignments(Function<TopicPartition, String> taskOf) {
        this.taskOf = taskOf;
    }

    String taskOf(TopicPartition partition) {
        return taskOf.apply(partition);
    }

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

    /** Up to where what this process has is known to have been written. */
    Map<Assignment, Long> written() {
        return current.values().stream().collect(Collectors.toMap(Function.identity(), Assignment::written));
    }

    /**
     * What a look at PostgreSQL has shown; an epoch that is higher than a task's own, or a position before what it has written,
     * ends the task, and so does a position that is gone: people read a generation that has never read the partition.
     *
     * @param before what was {@link #written} before the look
     */
    void seen(StoredProgress.Read found, Map<Assignment, Long> before) {
        current.forEach((partition, assignment) -> {
            assignment.pause(found.paused());
            assignment.missing(!found.epochs().containsKey(partition));
            assignment.seen(
                    found.epochs().getOrDefault(partition, 0L),
                    // where it is gone, that is no loss of what had been committed
                    found.positions().getOrDefault(partition, Long.MAX_VALUE),
                    before.getOrDefault(assignment, 0L));
        });
    }

    /** What a look at Kafka has shown, by topic; that a topic was made anew ends the tasks of the former one. */
    void seen(Map<String, String> topicIds) {
        current.forEach((partition, assignment) -> assignment.seen(topicIds.get(partition.topic())));
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
