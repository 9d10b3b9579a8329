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
 * @param columns where the values of columns stand, by the columns' names
 * @param root where the members are that columns without a place of their own are read from
 * @param envelope what the value is wrapped in
 * @param recordKey where the value repeats the record's key; null if it need not
 * @param deleted what says that the row is gone; null if only tombstones and the envelope do
 * @param version where the row's version stands; null if the later offset wins
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

    /** What values are wrapped in. */
    enum Envelope {
        /** Nothing. */
        @JsonProperty("plain")
        PLAIN,
        /** Our own events: {@code eventType}, {@code version}, the whole state. */
        @JsonProperty("streamviews")
        STREAMVIEWS
    }

    /** How a record's key is written. */
    enum KeyFormat {
        @JsonProperty("text")
        TEXT,
        /** Eight bytes, as Kafka's LongSerializer writes them. */
        @JsonProperty("long")
        LONG
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
