package io.streamviews.projection.generation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Places of events that a topic does not hold any more: what its partitions have removed, and what stood in a former one of its name.
 */
public record RemovedPlaces(List<Range> ranges) {

    /** Of a topic that is not there. */
    static final RemovedPlaces ALL = new RemovedPlaces(List.of(new Range(Long.MIN_VALUE, Long.MAX_VALUE)));

    /**
     * The places of one partition, or of no partition any more.
     *
     * @param from the first one
     * @param to the one behind the last
     */
    public record Range(long from, long to) {}

    /** @param logs of each partition, from the place of its offset 0 on to that of the first one that is there */
    static RemovedPlaces of(Collection<Range> logs) {
        List<Range> ranges = new ArrayList<>();
        logs.stream().filter(log -> log.to() > log.from()).forEach(ranges::add);
        long begin = logs.stream().mapToLong(Range::from).min().orElse(0);
        if (begin > 0) {
            ranges.add(new Range(Long.MIN_VALUE, begin));
        }
        return new RemovedPlaces(List.copyOf(ranges));
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    public boolean contains(long place) {
        return ranges.stream().anyMatch(range -> range.from() <= place && place < range.to());
    }

    /** A condition: whether a place is one of them. */
    String contain(String place) {
        return ranges.isEmpty()
                ? "false"
                : ranges.stream()
                        .map(range -> "%1$s >= %2$d AND %1$s < %3$d"
                                .formatted(place, Math.max(range.from(), -Long.MAX_VALUE), range.to()))
                        .collect(Collectors.joining(" OR ", "(", ")"));
    }
}
