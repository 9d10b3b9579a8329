package io.streamviews.feed;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How far a feed is in a topic. Never changed, so feeds that are at the same place share it.
 *
 * @param topic so that nobody goes on in another one from there
 * @param offsets the next one of each partition
 * @param bases added to a partition's offsets they give places; another one means another log
 */
record FeedPosition(String topic, long[] offsets, long[] bases) {

    int partitions() {
        return offsets.length;
    }

    /** Whether everything before the other position is before this one, too, in the same logs of as many partitions. */
    boolean includes(FeedPosition other) {
        for (int partition = 0; partition < offsets.length; partition++) {
            if (bases[partition] != other.bases[partition] || offsets[partition] < other.offsets[partition]) {
                return false;
            }
        }
        return true;
    }

    public FeedPosition at(int partition, long offset) {
        long[] moved = offsets.clone();
        moved[partition] = offset;
        return new FeedPosition(topic, moved, bases);
    }

    /** For clients, by places: those of another log are greater than all before. */
    String id() {
        return IntStream.range(0, offsets.length)
                .mapToObj(partition -> partition + ":" + (offsets[partition] + bases[partition]))
                .collect(Collectors.joining(",", topic + "/", ""));
    }
}
