package io.streamviews.verification;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Locale;

/**
 * A comparison of the live views with what they must be.
 *
 * @param differing rows that are not what they must be, in all views; null while that is not known
 * @param views what was found in each, as JSON: a list of {@link ViewResult}; null while that is not known
 * @param behind events that were in the topics and not yet in the views that were compared; null while that is not known
 * @param asOf where those views stood in each partition, as JSON: {@link ViewPositions#partitions}
 * @param error why it failed; null if it did not
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Verification(
        long id,
        Depth depth,
        State state,
        Instant startedAt,
        Instant finishedAt,
        Long differing,
        @JsonRawValue String views,
        Long behind,
        @JsonRawValue String asOf,
        String error) {

    /** What is compared. */
    public enum Depth {
        /** Derived views with their definitions, in one snapshot. */
        SHALLOW,
        /** The same, and base views and dead letters with a generation read anew from the topics, row by row. */
        DEEP;

        @JsonValue
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum State {
        RUNNING,
        DONE,
        FAILED,
        /** Its process ended before it did. */
        ABANDONED
    }

    /** Whether all rows are what they must be; null while that is not known. */
    @JsonProperty
    public Boolean ok() {
        return differing == null ? null : differing == 0;
    }
}
