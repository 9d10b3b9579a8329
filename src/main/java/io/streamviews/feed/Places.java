package io.streamviews.feed;

import io.streamviews.rest.RefusedException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A client's place in a topic, as its last event's id says: the next offset of each partition, {@code 0:17,1:4}. */
final class Places {

    private static final Pattern ID = Pattern.compile("\\d{1,9}:\\d{1,18}(,\\d{1,9}:\\d{1,18})*");

    private Places() {}

    /** @throws RefusedException (400) if it is no id of an event of such a topic */
    static Map<Integer, Long> of(String id, int partitions) {
        if (!ID.matcher(id).matches()) {
            throw RefusedException.violation(FeedRoute.LAST_EVENT_ID, "must be the id of an event of this feed");
        }
        Map<Integer, Long> places = new TreeMap<>();
        for (String place : id.split(",")) {
            int colon = place.indexOf(':');
            places.put(Integer.parseInt(place.substring(0, colon)), Long.parseLong(place.substring(colon + 1)));
        }
        if (places.keySet().stream().anyMatch(partition -> partition >= partitions)) {
            throw RefusedException.violation(
                    FeedRoute.LAST_EVENT_ID,
                    "must not speak of a partition that there is not: there are " + partitions);
        }
        return places;
    }

    static String id(Map<Integer, Long> places) {
        return places.entrySet().stream()
                .map(place -> place.getKey() + ":" + place.getValue())
                .collect(Collectors.joining(","));
    }
}
