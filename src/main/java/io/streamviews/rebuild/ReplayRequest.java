package io.streamviews.rebuild;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.eventlog.EventTime;
import io.streamviews.rest.RefusedException;
import jakarta.validation.constraints.NotNull;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Which events are to be read again.
 *
 * @param from {@code "earliest"}, {@code {"offset": n}} or {@code {"timestamp": "2026-01-31T12:00:00Z"}}
 * @param partitions absent: all of them
 */
@RegisterForReflection
public record ReplayRequest(
        @NotNull String topic,
        @NotNull @Schema(description = "\"earliest\", {\"offset\": n} or {\"timestamp\": \"2026-01-31T12:00:00Z\"}")
                JsonNode from,
        List<Integer> partitions) {

    /** A place in each partition. */
    sealed interface From {

        record Earliest() implements From {}

        record Offset(long offset) implements From {}

        record Time(Instant time) implements From {}
    }

    /** @throws RefusedException (400) if it is none of the three */
    From place() {
        if (from.isTextual() && from.asText().equals("earliest")) {
            return new From.Earliest();
        }
        JsonNode offset = from.get("offset");
        JsonNode timestamp = from.get("timestamp");
        if (from.size() == 1 && offset != null && offset.canConvertToLong() && offset.isIntegralNumber()) {
            if (offset.asLong() >= 0) {
                return new From.Offset(offset.asLong());
            }
        } else if (from.size() == 1 && timestamp != null && timestamp.isTextual()) {
            try {
                return new From.Time(EventTime.parse(timestamp.asText()));
            } catch (DateTimeException | ArithmeticException e) {
                throw RefusedException.violation("from.timestamp", "must be like 2026-01-31T12:00:00Z");
            }
        }
        throw RefusedException.violation(
                "from",
                "must be \"earliest\", {\"offset\": n} with n from 0, or {\"timestamp\": \"2026-01-31T12:00:00Z\"}");
    }
}
