package io.streamviews.feed;

import io.streamviews.rest.RefusedException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client's place in a topic, as its last event's id says: the next offset of each partition, {@code orders/0:17,1:4}.
 *
 * @param topic null in ids of before, which did not name it
 */
record LastEventId(String topic, Map<Integer, Long> places) {

    /** Of who has seen nothing, and wants all there is. */
    static final LastEventId EARLIEST = new LastEventId(null, Map.of());

    private static final Pattern PLACE = Pattern.compile("(\\d{1,9}):(\\d{1,18})");

    /** @throws RefusedException (400) if it is no id of an event */
    static LastEventId of(String id) {
        int slash = id.lastIndexOf('/');
        Map<Integer, Long> places = new TreeMap<>();
        for (String text : id.substring(slash + 1).split(",", -1)) {
            Matcher place = PLACE.matcher(text);
            if (!place.matches() || places.put(Integer.valueOf(place.group(1)), Long.valueOf(place.group(2))) != null) {
                throw RefusedException.violation(FeedRoute.LAST_EVENT_ID, "must be the id of an event of this feed");
            }
        }
        return new LastEventId(slash < 0 ? null : id.substring(0, slash), places);
    }

    /**
     * Whether it is a place in this topic as it is, and not in another one, or in one with more partitions that has been made anew.
     *
     * @throws RefusedException (400) if it does not name its topic, and is no id of an event of one with so many partitions
     */
    boolean isIn(String topicNow, int partitions) {
        boolean fits = places.keySet().stream().allMatch(partition -> partition < partitions);
        if (topic == null && !fits) {
            throw RefusedException.violation(
                    FeedRoute.LAST_EVENT_ID,
                    "must not speak of a partition that there is not: there are " + partitions);
        }
        return fits && (topic == null || topic.equals(topicNow));
    }
}
