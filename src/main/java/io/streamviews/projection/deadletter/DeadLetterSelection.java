package io.streamviews.projection.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.Set;

/**
 * Which dead letters are meant: those that fulfil every condition. A condition that is null is none.
 *
 * @param key the record's key as text
 * @param error a part of the error, in capital or small letters
 * @param states null: all
 * @param places null: anywhere
 */
public record DeadLetterSelection(
        String topic,
        Integer partition,
        String key,
        String error,
        Set<StoredDeadLetter.State> states,
        List<RecordCoordinates> places) {

    /** The condition in SQL, on a row of {@link DeadLetterSql}'s relation {@code letter}; parameters $1 to $8. */
    static final String CONDITION =
            """
            ($1::text IS NULL OR topic = $1) AND ($2::integer IS NULL OR partition = $2)
              AND ($3::bytea IS NULL OR key = $3) AND ($4::text IS NULL OR position(lower($4) IN lower(error)) > 0)
              AND ($5::text[] IS NULL OR state = ANY ($5))
              AND ($6::text[] IS NULL OR (topic, partition, "offset") IN (
                   SELECT * FROM unnest($6::text[], $7::integer[], $8::bigint[])))
            """;

    DeadLetterSelection of(int onlyPartition) {
        return new DeadLetterSelection(topic, onlyPartition, key, error, states, places);
    }

    Tuple parameters() {
        return Tuple.tuple()
                .addString(topic)
                .addInteger(partition)
                .addValue(
                        key == null ? null : Buffer.buffer(key.getBytes(UTF_8)).getDelegate())
                .addString(error)
                .addValue(
                        states == null ? null : states.stream().map(Enum::name).toArray(String[]::new))
                .addValue(
                        places == null
                                ? null
                                : places.stream().map(RecordCoordinates::topic).toArray(String[]::new))
                .addValue(
                        places == null
                                ? null
                                : places.stream()
                                        .map(RecordCoordinates::partition)
                                        .toArray(Integer[]::new))
                .addValue(
                        places == null
                                ? null
                                : places.stream().map(RecordCoordinates::offset).toArray(Long[]::new));
    }
}
