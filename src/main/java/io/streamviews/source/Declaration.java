package io.streamviews.source;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What {@code CALL source(...)} says of a base view, beside its table and its topic.
 *
 * <p>A place is what {@link Location} describes. In an envelope, JSON Pointers begin at the row: at {@code after} of
 * Debezium, at {@code data} of a CloudEvent. A column without a place of its own is read from the member of its name at
 * {@code root}, as written or in camel case. A column that PostgreSQL makes is left to it, unless it has a place.
 *
 * <p>{@code debezium}: {@code op} c, r and u put the row, d deletes the one whose key {@code before} or else the record's
 * key has; t (TRUNCATE), m and what has no {@code op} are dead letters. A version that stands in the row needs REPLICA
 * IDENTITY FULL for deletions; {@code envelope/source/lsn} does not. With a schema in the record, its logical types say how
 * values are written, before {@code format}; without one, {@code format} does.
 *
 * <p>{@code cloudevents}: structured mode in JSON ({@code data} or {@code data_base64}) and binary mode, told apart by the
 * header {@code ce_specversion}. A record without a value is a Kafka tombstone, whatever its headers say.
 *
 * <p>A Kafka tombstone means the row of the record's key: its members if that is an object, the key itself if the view's key
 * is one column.
 *
 * @param columns where the values of columns stand, by the columns' names: a place, or {@code {"path", "format",
 *     "blank_is_null"}}. Formats are those of {@link ValueFormat}: epoch-seconds, -millis, -micros, -nanos of times, those
 *     and epoch-days of dates; base64-decimal of numbers and texts; hex of bytea; json-text of json and jsonb; any of a type
 *     that has no reading of its own here (time, interval, bit, domains); of an array, that of its elements
 * @param root where the members are that columns without a place of their own are read from
 * @param envelope {@code plain}, {@code streamviews}, {@code debezium} or {@code cloudevents}
 * @param keyFormat how the record's key is written: {@code text}, {@code long} (eight bytes) or {@code json}
 * @param recordKey where the value repeats the record's key; null if it need not
 * @param deleted a place, or {@code {"path", "values"}}: where one of the values says that the row is gone; "true" without
 *     values; null if only tombstones and the envelope do
 * @param version the place of the row's version, a whole number from 0; null if the later offset wins
 */
@RegisterForReflection
record Declaration(
        Map<String, Place> columns,
        String root,
        Envelope envelope,
        KeyFormat keyFormat,
        String recordKey,
        Deleted deleted,
        String version) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    Declaration {
        columns = columns == null ? Map.of() : columns;
        envelope = envelope == null ? Envelope.PLAIN : envelope;
        keyFormat = keyFormat == null ? KeyFormat.TEXT : keyFormat;
    }

    /** What values are wrapped in. */
    enum Envelope {
        /** Nothing. */
        @JsonProperty("plain")
        PLAIN,
        /** Our own events: {@code eventType}, {@code version}, the whole state. */
        @JsonProperty("streamviews")
        STREAMVIEWS,
        /** A change of a table's row, from a Debezium connector and Kafka Connect's JsonConverter. */
        @JsonProperty("debezium")
        DEBEZIUM,
        /** An event as CloudEvents 1.0 has it, structured in JSON or binary. */
        @JsonProperty("cloudevents")
        CLOUDEVENTS
    }

    /** How a record's key is written. */
    enum KeyFormat {
        @JsonProperty("text")
        TEXT,
        /** Eight bytes, as Kafka's LongSerializer writes them. */
        @JsonProperty("long")
        LONG,
        /** A JSON document: a text in quotes, a number, an object. */
        @JsonProperty("json")
        JSON
    }

    /**
     * A column's place in a record.
     *
     * @param format null if its type tells
     * @param blankIsNull whether an empty or blank text counts as NULL
     */
    @RegisterForReflection
    record Place(String path, String format, boolean blankIsNull) {

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static Place of(JsonNode json) {
            if (json.isTextual()) {
                return new Place(json.textValue(), null, false);
            }
            refuseUnknown(json, Set.of("path", "format", "blank_is_null"));
            return new Place(
                    json.path("path").textValue(),
                    json.path("format").textValue(),
                    json.path("blank_is_null").booleanValue());
        }
    }

    /** A member whose value says that the row is gone. */
    @RegisterForReflection
    record Deleted(String path, Set<String> values) {

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static Deleted of(JsonNode json) {
            if (json.isTextual()) {
                return new Deleted(json.textValue(), Set.of("true"));
            }
            refuseUnknown(json, Set.of("path", "values"));
            Set<String> values = new HashSet<>();
            json.path("values").forEach(value -> values.add(value.asText()));
            return new Deleted(json.path("path").asText(), values);
        }
    }

    private static void refuseUnknown(JsonNode json, Set<String> known) {
        json.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new WrongDeclarationException("\"%s\" is not known; expected %s".formatted(name, known));
            }
        });
    }

    /** @throws WrongDeclarationException if it is none */
    static Declaration of(String json) {
        try {
            return JSON.readValue(json, Declaration.class);
        } catch (JsonProcessingException e) {
            throw new WrongDeclarationException(
                    e.getCause() instanceof WrongDeclarationException wrong
                            ? wrong.getMessage()
                            : e.getOriginalMessage());
        }
    }
}
