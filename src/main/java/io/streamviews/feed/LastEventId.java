package io.streamviews.feed;

import io.streamviews.rest.RefusedException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client's place in a topic, as its last event's id says: the next offset of each partition, {@code 0:17,1:4}. */
final class LastEventId {

    private static final Pattern PLACE = Pattern.compile("(\\d{1,9}):(\\d{1,18})");

    private LastEventId() {}

    /** @throws RefusedException (400) if it is no id of an event */
    static Map<Integer, Long> of(String id) {
        Map<Integer, Long> places = new TreeMap<>();
        for (String text : id.split(",", -1)) {
            Matcher place = PLACE.matcher(text);
            if (!place.matches() || places.put(Integer.valueOf(place.group(1)), Long.valueOf(place.group(2))) != null) {
                throw RefusedException.violation(FeedRoute.LAST_EVENT_ID, "must be the id of an event of this feed");
            }
        }
        return places;
    }

    /** @throws RefusedException (400) if it is no id of an event of a topic with so many partitions */
    static void check(Map<Integer, Long> places, int partitions) {
        if (places.keySet().stream().anyMatch(partition -> partition >= partitions)) {
            throw RefusedException.violation(
                    FeedRoute.LAST_EVENT_ID,
                    "must not speak of a partition that there is not: there are " + partitions);
        }
    }
}
