package io.streamviews.rebuild;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** Events that are read again into the live generation, and how far that is. */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Replay(
        long id,
        String topic,
        State state,
        Instant requestedAt,
        Instant finishedAt,
        long eventsTotal,
        long eventsDone,
        List<Partition> partitions) {

    /** Whether all of it has been read again. */
    public enum State {
        RUNNING,
        DONE
    }

    /**
     * @param from the first offset that is read again
     * @param to the first one that had not been read when the replay was asked for
     * @param position the next one to be read again; at most {@code to}
     */
    @RegisterForReflection
    public record Partition(int partition, long from, long to, long position) {}

    static Replay of(long id, String topic, Instant requestedAt, Instant finishedAt, List<Partition> partitions) {
        long total = partitions.stream().mapToLong(p -> p.to() - p.from()).sum();
        long done = partitions.stream().mapToLong(p -> p.position() - p.from()).sum();
        State state = done == total ? State.DONE : State.RUNNING;
        return new Replay(id, topic, state, requestedAt, finishedAt, total, done, partitions);
    }
}
