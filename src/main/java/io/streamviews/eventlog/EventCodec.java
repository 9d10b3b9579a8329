package io.streamviews.eventlog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.time.Instant;
import java.util.stream.Collectors;

/**
 * Events of one type as JSON and back. Reading is strict and typed: what comes out can be stored as it is, everything
 * else is a {@link MalformedEventException}; fields it does not know are ignored, so that producers may be newer. The
 * record's own constructor checks what JSON cannot say. Has its own mapper: the format is a contract with other
 * programs and must not follow the settings of the REST API.
 */
public final class EventCodec<T> {

    private static final JsonMapper MAPPER = mapper();

    private final ObjectReader reader;
    private final ObjectWriter writer;

    private EventCodec(Class<T> type) {
        reader = MAPPER.readerFor(type);
        writer = MAPPER.writerFor(type);
    }

    public static <T> EventCodec<T> of(Class<T> type) {
        return new EventCodec<>(type);
    }

    /** The event's JSON; times as ISO-8601 in UTC with {@code Z}. */
    public String encode(T event) {
        try {
            return writer.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Cannot write " + event, e);
        }
    }

    /**
     * @param json one JSON document in UTF-8
     * @throws MalformedEventException if it is anything but an event that can be applied
     */
    public T decode(byte[] json) {
        try {
            T event = reader.readValue(json);
            if (event == null) {
                throw new MalformedEventException("Expected a JSON object, found null");
            }
            return event;
        } catch (JsonMappingException e) {
            throw e.getCause() instanceof MalformedEventException malformed
                    ? malformed
                    : new MalformedEventException(where(e) + e.getOriginalMessage(), e);
        } catch (JsonProcessingException e) {
            throw new MalformedEventException("Not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new MalformedEventException("Not JSON in UTF-8: " + e.getMessage(), e);
        }
    }

    private static String where(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .collect(Collectors.joining("."));
        return path.isEmpty() ? "" : path + ": ";
    }

    private static JsonMapper mapper() {
        return JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .addModule(new SimpleModule().addDeserializer(Instant.class, new EventTime()))
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .withCoercionConfig(LogicalType.Textual, config -> config.setCoercion(
                                CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .build();
    }
}
