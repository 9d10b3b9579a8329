package io.streamviews.source;

import static java.time.ZoneOffset.UTC;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.streamviews.eventlog.EventTime;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.function.Function;

/** Dates and times of the years 1 to 9999, read from what stands in a record. */
final class Times {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long SECONDS_PER_DAY = 86_400;
    private static final long FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();
    private static final int DATE_LENGTH = 10;

    private Times() {}

    static Parsing withZone(ValueFormat format) {
        return of(format, instant -> instant.atOffset(UTC));
    }

    static Parsing withoutZone(ValueFormat format) {
        return of(format, instant -> LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), UTC));
    }

    static Parsing date(ValueFormat format) {
        return switch (format) {
            case NATURAL -> Times::date;
            case EPOCH_DAYS -> new Parsing.Whole(Long.MIN_VALUE, Long.MAX_VALUE, Times::day);
            default -> of(format, instant -> instant.atOffset(UTC).toLocalDate());
        };
    }

    private static Parsing of(ValueFormat format, Function<Instant, Object> value) {
        if (format == ValueFormat.NATURAL) {
            return (text, bare) -> value.apply(iso(text, bare));
        }
        long perSecond =
                switch (format) {
                    case EPOCH_SECONDS -> 1;
                    case EPOCH_MILLIS -> 1_000;
                    case EPOCH_MICROS -> 1_000_000;
                    default -> NANOS_PER_SECOND;
                };
        return new Parsing.Whole(Long.MIN_VALUE, Long.MAX_VALUE, units -> value.apply(instant(units, perSecond)));
    }

    private static Object date(String text, boolean bare) {
        try {
            boolean isInUtc = text.length() == DATE_LENGTH + 1 && text.charAt(DATE_LENGTH) == 'Z';
            return day(LocalDate.parse(isInUtc ? text.substring(0, DATE_LENGTH) : text)
                    .toEpochDay());
        } catch (DateTimeException e) {
            throw new Unfit("a date such as 2026-01-31");
        }
    }

    private static LocalDate day(long day) {
        if (day < FIRST_DAY || day > LAST_DAY) {
            throw new Unfit("a date in the years 1 to 9999");
        }
        return LocalDate.ofEpochDay(day);
    }

    private static Instant iso(String text, boolean bare) {
        try {
            if (!bare) {
                return EventTime.parse(text);
            }
        } catch (DateTimeException | ArithmeticException e) {
            // told below
        }
        throw new Unfit("a time in ISO 8601, in the years 1 to 9999");
    }

    private static Instant instant(long units, long perSecond) {
        long seconds = Math.floorDiv(units, perSecond);
        long day = Math.floorDiv(seconds, SECONDS_PER_DAY);
        if (day < FIRST_DAY || day > LAST_DAY) {
            throw new Unfit("a time in the years 1 to 9999");
        }
        // PostgreSQL keeps microseconds
        long nanos = Math.floorMod(units, perSecond) * (NANOS_PER_SECOND / perSecond);
        return Instant.ofEpochSecond(seconds, nanos / 1_000 * 1_000);
    }

    /** A time of day as text, up to the 24:00 that PostgreSQL knows. */
    static Parsing ofDay(long perSecond) {
        return new Parsing.Whole(0, SECONDS_PER_DAY * perSecond, units -> {
            long seconds = units / perSecond;
            return "%02d:%02d:%02d.%06d"
                    .formatted(
                            seconds / 3_600,
                            seconds / 60 % 60,
                            seconds % 60,
                            units % perSecond * (NANOS_PER_SECOND / perSecond) / 1_000);
        });
    }

    /** The array that Jackson writes for a local time ({@code [2025,7,17,6,3]}), as ISO 8601. */
    static String ofParts(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new Unfit("a time in ISO 8601");
        }
        int[] parts = new int[7];
        int count = 0;
        while (json.nextToken() == JsonToken.VALUE_NUMBER_INT && count < parts.length) {
            parts[count++] = Numbers.small(json);
        }
        if (json.currentToken() != JsonToken.END_ARRAY || count < 5) {
            throw new Unfit("a time of 5 to 7 numbers");
        }
        return "%04d-%02d-%02dT%02d:%02d:%02d.%09d"
                .formatted(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
    }
}
