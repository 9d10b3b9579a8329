package io.streamviews.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.rest.RefusedException;
import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Where a page ends: what its last row is sorted by.
 *
 * @param values as texts; null for NULL
 * @param nth the row is the n-th of those that have all of these; 0 if there is one only
 */
record RowPlace(List<String> values, long nth) {

    /** An address must be short. */
    private static final int MOST_CHARACTERS = 2_000;

    private static final int MOST_EQUAL = 1_000_000;

    /** For a client, to whom it means nothing. Null if it is too long for an address. */
    String encode(List<SortKey> order) {
        JsonArray place = new JsonArray().add(order.toString()).add(nth);
        values.forEach(place::add);
        String encoded = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(place.encode().getBytes(UTF_8));
        return encoded.length() > MOST_CHARACTERS ? null : encoded;
    }

    /** @throws RefusedException (400) unless it is a place in a list of this order */
    static RowPlace decode(List<SortKey> order, String text) {
        try {
            JsonArray place = new JsonArray(new String(Base64.getUrlDecoder().decode(text), UTF_8));
            String[] values = new String[order.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = place.getString(i + 2);
                if (values[i] != null) {
                    Filter.storable("after", values[i]);
                }
            }
            long nth = place.getLong(1);
            if (place.getString(0).equals(order.toString())
                    && place.size() == values.length + 2
                    && nth >= 0
                    && nth <= MOST_EQUAL) {
                return new RowPlace(Arrays.asList(values), nth);
            }
        } catch (RuntimeException malformed) {
            // Said below.
        }
        throw RefusedException.violation("after", "must be as the Link to the next page has it, for the same sort");
    }
}
