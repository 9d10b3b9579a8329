package io.streamviews.eventlog;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;

/**
 * Reads the times of events: ISO-8601, and one without a zone is UTC. Also reads the array that Jackson writes for a
 * local time by default ({@code [2025,7,17,6,3,43,792924968]}). What PostgreSQL cannot hold is cut off
 * (nanoseconds) or refused (years outside 1 to 9999).
 */
public final class EventTime extends StdScalarDeserializer<Instant> {

    private static final long serialVersionUID = 1L;

    EventTime() {
        super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser json, DeserializationContext context) throws IOException {
        try {
            return switch (json.currentToken()) {
                case VALUE_STRING -> parse(json.getText());
                case START_ARRAY -> fromArray(context.readValue(json, int[].class));
                default -> throw new DateTimeException("expected ISO-8601, found " + json.currentToken());
            };
        } catch (DateTimeException | ArithmeticException e) {
            throw new MalformedEventException(json.currentName() + ": is not a time: " + e.getMessage(), e);
        }
    }

    /** @throws DateTimeException or ArithmeticException if it is no such time */
    public static Instant parse(String text) {
        Instant usual = parseUsual(text);
        if (usual != null) {
            return usual;
        }
        TemporalAccessor parsed =
                DateTimeFormatter.ISO_DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
        return storable(parsed instanceof LocalDateTime local ? local.toInstant(ZoneOffset.UTC) : Instant.from(parsed));
    }

    /**
     * Reads {@code yyyy-MM-ddTHH:mm:ss[.f…][Z]}, or returns {@code null} for the formatter to judge. The formatter takes
     * 1 µs a time, which would be most of an event's decoding.
     */
    private static Instant parseUsual(String text) {
        int end = text.endsWith("Z") ? text.length() - 1 : text.length();
        if (end < 19
                || end > 29
                || end == 20
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || text.charAt(10) != 'T'
                || text.charAt(13) != ':'
                || text.charAt(16) != ':'
                || end > 20 && text.charAt(19) != '.') {
            return null;
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        int hour = number(text, 11, 13);
        int minute = number(text, 14, 16);
        int second = number(text, 17, 19);
        int micros = end > 20 ? number(text, 20, Math.min(end, 26)) : 0;
        int rest = end > 26 ? number(text, 26, end) : 0;
        if (year < 1
                || (month | day | hour | minute | second | micros | rest) < 0
                || hour > 23
                || minute > 59
                || second > 59) {
            return null;
        }
        for (int digits = end; digits > 19 && digits < 26; digits++) {
            micros *= 10;
        }
        long seconds = LocalDate.of(year, month, day).toEpochDay() * 86_400 + hour * 3_600 + minute * 60 + second;
        return Instant.ofEpochSecond(seconds, micros * 1_000L);
    }

    /** The digits as a number, or -1 if one of them is none. */
    private static int number(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static Instant fromArray(int[] parts) {
        if (parts.length < 5 || parts.length > 7) {
            throw new DateTimeException("expected 5 to 7 numbers, found " + parts.length);
        }
        int second = parts.length > 5 ? parts[5] : 0;
        int nano = parts.length > 6 ? parts[6] : 0;
        return storable(LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], second, nano)
                .toInstant(ZoneOffset.UTC));
    }

    private static Instant storable(Instant time) {
        int year = time.atOffset(ZoneOffset.UTC).getYear();
        if (year < 1 || year > 9999) {
            throw new DateTimeException("year " + year + " is outside 1 to 9999");
        }
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
