package io.streamviews.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/**
 * Reads the times of events: ISO-8601, and one without a zone is UTC. Also reads the array that Jackson writes for a
 * local time by default ({@code [2025,7,17,6,3,43,792924968]}). What PostgreSQL cannot hold is cut off
 * (nanoseconds) or refused (years outside 1 to 9999).
 */
final class EventTime extends StdScalarDeserializer<Instant> {

    private static final long serialVersionUID = 1L;

    EventTime() {
        super(Instant.class);
    }

    @Override
    public Instant deserialize(final JsonParser json, final DeserializationContext context) throws IOException {
        try {
            return switch (json.currentToken()) {
                case VALUE_STRING -> parse(json.getText());
                case START_ARRAY -> fromArray(context.readValue(json, int[].class));
                default -> throw new DateTimeException("expected ISO-8601, found " + json.currentToken());
            };
        } catch (final DateTimeException | ArithmeticException e) {
            throw new MalformedEventException(json.currentName() + ": is not a time: " + e.getMessage(), e);
        }
    }

    static Instant parse(final String text) {
        final var parsed =
                DateTimeFormatter.ISO_DATE_TIME.parseBest(text, java.time.OffsetDateTime::from, LocalDateTime::from);
        return storable(parsed instanceof LocalDateTime local ? local.toInstant(ZoneOffset.UTC) : Instant.from(parsed));
    }

    private static Instant fromArray(final int[] parts) {
        if (parts.length < 5 || parts.length > 7) {
            throw new DateTimeException("expected 5 to 7 numbers, found " + parts.length);
        }
        final int second = parts.length > 5 ? parts[5] : 0;
        final int nano = parts.length > 6 ? parts[6] : 0;
        return storable(LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], second, nano)
                .toInstant(ZoneOffset.UTC));
    }

    private static Instant storable(final Instant time) {
        final int year = time.atOffset(ZoneOffset.UTC).getYear();
        if (year < 1 || year > 9999) {
            throw new DateTimeException("year " + year + " is outside 1 to 9999");
        }
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
