package io.streamviews.source;

import static java.time.ZoneOffset.UTC;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.streamviews.eventlog.EventTime;
import io.streamviews.eventlog.TextRule;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;

/** Values of the types of columns, read from what stands in a record. */
final class Values {

    private static final JsonFactory JSON = new JsonFactory();
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int UUID_LENGTH = 36;

    /** What PostgreSQL's numeric can hold has far fewer digits before the point. */
    private static final int MAX_DIGITS = 100_000;

    private static final long FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();

    private Values() {}

    /** Reads a value that is written as a text, or as a number or truth value without quotes. */
    interface Parsing {

        /**
         * @param bare whether it stood there without quotes
         * @throws Unfit if it is no such value
         */
        Object parse(String text, boolean bare);
    }

    static Object bigint(JsonParser json) throws IOException {
        return json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? bigint(json.getText(), true)
                : (Object) json.getLongValue();
    }

    static Object bigint(String text, boolean bare) {
        return whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    static Object integer(String text, boolean bare) {
        return (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    static Object smallint(String text, boolean bare) {
        return (short) whole(text, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    private static long whole(String text, long least, long most) {
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new Unfit("an integer from %d to %d".formatted(least, most));
    }

    static Object doublePrecision(String text, boolean bare) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value) || !bare) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new Unfit("a number that double precision can hold");
    }

    static Object real(String text, boolean bare) {
        try {
            float value = Float.parseFloat(text);
            if (Float.isFinite(value) || !bare) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new Unfit("a number that real can hold");
    }

    /** @param modifier {@code atttypmod}; -1 if the number may be any */
    static Parsing numeric(int modifier) {
        if (modifier < 0) {
            return (text, bare) -> number(text);
        }
        int precision = (modifier - 4) >> 16 & 0xffff;
        int scale = ((modifier - 4 & 0x7ff) ^ 1024) - 1024;
        return (text, bare) -> {
            BigDecimal number = number(text);
            if (number.precision() - number.scale() <= precision - scale + 1) {
                number = number.setScale(scale, RoundingMode.HALF_UP);
                if (number.signum() == 0 || number.precision() - number.scale() <= precision - scale) {
                    return number;
                }
            }
            throw new Unfit("a number of at most %d digits before the point".formatted(Math.max(0, precision - scale)));
        };
    }

    private static BigDecimal number(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs((long) number.scale()) < MAX_DIGITS / 10 && number.precision() < MAX_DIGITS) {
                return number.signum() == 0 ? BigDecimal.ZERO.setScale(Math.max(0, number.scale())) : number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new Unfit("a number");
    }

    static Object bool(String text, boolean bare) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new Unfit("true or false");
        };
    }

    static Object uuid(String text, boolean bare) {
        try {
            if (text.length() == UUID_LENGTH) {
                return UUID.fromString(text);
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Unfit("a UUID of 36 characters");
    }

    /** In PostgreSQL's own notation. */
    static Object bytea(String text, boolean bare) {
        try {
            return "\\x" + HexFormat.of().formatHex(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw new Unfit("bytes in Base64");
        }
    }

    static Object text(String text, boolean bare) {
        return checked(text, Integer.MAX_VALUE);
    }

    /** @param length in characters; less than 1 if any will do */
    static Parsing textUpTo(int length) {
        int most = length < 1 ? Integer.MAX_VALUE : length;
        return (text, bare) -> checked(text, most);
    }

    /** A text whose blanks at the end do not count. */
    static Parsing padded(int length) {
        Parsing any = textUpTo(length);
        return (text, bare) -> any.parse(text.replaceAll(" +$", ""), bare);
    }

    private static String checked(String text, int most) {
        String violation = TextRule.upTo(most).violation(text);
        if (violation != null) {
            throw new Unfit(
                    "a text that " + violation.replace("must not", "does not").replace("does not be", "is not"));
        }
        return text;
    }

    /** @return null if a time is not written so */
    static Parsing timeWithZone(ValueFormat format) {
        return format == ValueFormat.EPOCH_DAYS
                ? null
                : (text, bare) -> instant(text, bare, format).atOffset(UTC);
    }

    /** @return null if a time is not written so */
    static Parsing timeWithoutZone(ValueFormat format) {
        return format == ValueFormat.EPOCH_DAYS
                ? null
                : (text, bare) -> instant(text, bare, format).atOffset(UTC).toLocalDateTime();
    }

    /** @return null if a date is not written so */
    static Parsing date(ValueFormat format) {
        return switch (format) {
            case NATURAL ->
                (text, bare) -> {
                    try {
                        return day(LocalDate.parse(text).toEpochDay());
                    } catch (DateTimeException e) {
                        throw new Unfit("a date such as 2026-01-31");
                    }
                };
            case EPOCH_DAYS -> (text, bare) -> day(whole(text, Long.MIN_VALUE, Long.MAX_VALUE));
            default -> (text, bare) -> instant(text, bare, format).atOffset(UTC).toLocalDate();
        };
    }

    private static LocalDate day(long day) {
        if (day < FIRST_DAY || day > LAST_DAY) {
            throw new Unfit("a date in the years 1 to 9999");
        }
        return LocalDate.ofEpochDay(day);
    }

    private static Instant instant(String text, boolean bare, ValueFormat format) {
        if (format == ValueFormat.NATURAL) {
            try {
                if (!bare) {
                    return EventTime.parse(text);
                }
            } catch (DateTimeException | ArithmeticException e) {
                // told below
            }
            throw new Unfit("a time in ISO 8601, in the years 1 to 9999");
        }
        long units = whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
        long perSecond =
                switch (format) {
                    case EPOCH_SECONDS -> 1;
                    case EPOCH_MILLIS -> 1_000;
                    case EPOCH_MICROS -> 1_000_000;
                    default -> NANOS_PER_SECOND;
                };
        long seconds = Math.floorDiv(units, perSecond);
        if (Math.floorDiv(seconds, 86_400L) < FIRST_DAY || Math.floorDiv(seconds, 86_400L) > LAST_DAY) {
            throw new Unfit("a time in the years 1 to 9999");
        }
        // PostgreSQL keeps microseconds
        long nanos = Math.floorMod(units, perSecond) * (NANOS_PER_SECOND / perSecond);
        return Instant.ofEpochSecond(seconds, nanos / 1_000 * 1_000);
    }

    /** The array that Jackson writes for a local time ({@code [2025,7,17,6,3]}), as ISO 8601. */
    static String timeOfParts(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new Unfit("a time in ISO 8601");
        }
        int[] parts = new int[7];
        int count = 0;
        while (json.nextToken() == JsonToken.VALUE_NUMBER_INT && count < parts.length) {
            parts[count++] = json.getIntValue();
        }
        if (json.currentToken() != JsonToken.END_ARRAY || count < 5) {
            throw new Unfit("a time of 5 to 7 numbers");
        }
        return "%04d-%02d-%02dT%02d:%02d:%02d.%09d"
                .formatted(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
    }

    /** The JSON at which a parser stands. */
    static String document(JsonParser json) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator copy = JSON.createGenerator(text)) {
            int depth = 0;
            do {
                copy.copyCurrentEventExact(json);
                depth += json.currentToken().isStructStart()
                        ? 1
                        : json.currentToken().isStructEnd() ? -1 : 0;
            } while (depth > 0 && json.nextToken() != null);
        }
        return text.toString();
    }

    /** A text as JSON: itself if it is some, else as a string. */
    static String document(String text) {
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
            String document = document(json);
            if (json.nextToken() == null) {
                return document;
            }
        } catch (IOException e) {
            // told below
        }
        throw new Unfit("JSON");
    }

    /** A JSON array in PostgreSQL's notation of arrays. */
    static String array(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new Unfit("an array");
        }
        StringBuilder text = new StringBuilder("{");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (text.length() > 1) {
                text.append(',');
            }
            switch (json.currentToken()) {
                case START_ARRAY -> text.append(array(json));
                case VALUE_NULL -> text.append("NULL");
                case START_OBJECT -> quoted(text, document(json));
                default -> quoted(text, checked(json.getText(), Integer.MAX_VALUE));
            }
        }
        return text.append('}').toString();
    }

    private static void quoted(StringBuilder array, String element) {
        array.append('"')
                .append(element.replace("\\", "\\\\").replace("\"", "\\\""))
                .append('"');
    }
}
