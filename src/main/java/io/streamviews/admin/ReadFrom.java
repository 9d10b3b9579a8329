package io.streamviews.admin;

import io.streamviews.eventlog.EventTime;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.rest.RefusedException;
import java.time.DateTimeException;
import org.apache.kafka.clients.admin.OffsetSpec;

/**
 * Where to begin reading a partition.
 *
 * @param spec a place that the broker knows; null if {@code offset} is one
 */
record ReadFrom(OffsetSpec spec, long offset) {

    /**
     * @param text {@code earliest}, {@code latest}, an offset, or a time in ISO-8601, which is UTC without a zone; null is
     *     {@code earliest}
     * @throws RefusedException (400) if it is none of these
     */
    static ReadFrom parse(String text) {
        if (text == null || text.equals("earliest")) {
            return new ReadFrom(OffsetSpec.earliest(), 0);
        }
        if (text.equals("latest")) {
            return new ReadFrom(OffsetSpec.latest(), 0);
        }
        try {
            return text.matches("\\d{1,18}")
                    ? new ReadFrom(null, Long.parseLong(text))
                    : new ReadFrom(LogOffsets.at(EventTime.parse(text)), 0);
        } catch (DateTimeException | ArithmeticException neither) {
            throw RefusedException.violation(
                    "from", "must be earliest, latest, an offset, or a time such as 2026-11-24T08:00:00Z");
        }
    }
}
