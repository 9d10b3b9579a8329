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

    Verification withoutViews() {
        return new Verification(id, depth, state, startedAt, finishedAt, differing, null, error);
    }
}
