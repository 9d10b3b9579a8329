package io.streamviews.admin;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.projection.deadletter.DeadLetterSelection;
import io.streamviews.projection.deadletter.RecordCoordinates;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which dead letters to retry or to discard: those that fulfil all conditions, or {@code "all": true}. A request that says
 * nothing, or something that is no condition, is refused: it would mean more letters than its sender does. Discarded
 * ones are meant only where they are named by their places or their state.
 */
@RegisterForReflection
final class DeadLetterRequest {

    @JsonProperty
    String topic;

    @JsonProperty
    Integer partition;

    @JsonProperty
    String key;

    @JsonProperty
    String error;

    @JsonProperty
    String state;

    @JsonProperty
    List<PlaceRequest> letters;

    @JsonProperty
    boolean all;

    /** Why they are discarded. */
    @JsonProperty
    @Text(max = 1_000)
    String reason;

    private final List<String> unknown = new ArrayList<>();

    @JsonAnySetter
    void unknown(String name, Object value) {
        unknown.add(name);
    }

    /** @throws RefusedException (400) if it does not say what is meant */
    DeadLetterSelection selection() {
        if (!unknown.isEmpty()) {
            throw RefusedException.violation(unknown.get(0), "is no condition");
        }
        boolean conditions =
                topic != null || partition != null || key != null || error != null || state != null || letters != null;
        if (conditions == all) {
            throw RefusedException.violation("body", "must name conditions, or else say \"all\": true");
        }
        return new DeadLetterSelection(topic, partition, key, error, states(), places());
    }

    /** @throws RefusedException (400) if there is none */
    String reason() {
        if (reason == null) {
            throw RefusedException.violation("reason", "must not be null");
        }
        return reason;
    }

    /** A state by its name, null for none. @throws RefusedException (400) if there is no such state */
    static Set<StoredDeadLetter.State> states(String state) {
        if (state == null) {
            return null;
        }
        try {
            return EnumSet.of(StoredDeadLetter.State.valueOf(state.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException unknown) {
            throw RefusedException.violation(
                    "state", "must be one of " + Arrays.toString(StoredDeadLetter.State.values()));
        }
    }

    private Set<StoredDeadLetter.State> states() {
        if (state != null) {
            return states(state);
        }
        return letters == null ? EnumSet.of(StoredDeadLetter.State.OPEN, StoredDeadLetter.State.SUPERSEDED) : null;
    }

    private List<RecordCoordinates> places() {
        if (letters == null) {
            return null;
        }
        return letters.stream()
                .map(letter -> {
                    if (letter == null
                            || letter.topic() == null
                            || letter.partition() == null
                            || letter.offset() == null) {
                        throw RefusedException.violation(
                                "letters", "must have a topic, a partition and an offset each");
                    }
                    return new RecordCoordinates(letter.topic(), letter.partition(), letter.offset());
                })
                .toList();
    }

    @RegisterForReflection
    record PlaceRequest(String topic, Integer partition, Long offset) {}
}
