package io.streamviews.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Numbers, read from what stands in a record; however long they are, that costs little. */
final class Numbers {

    /** PostgreSQL declares no numeric of more. */
    static final int MAX_DIGITS = 1_000;

    /** PostgreSQL keeps no more digits behind the point. */
    static final int MAX_SCALE = 16_383;

    static final Parsing BIGINT = new Parsing.Whole(Long.MIN_VALUE, Long.MAX_VALUE, number -> number);
    static final Parsing INTEGER = new Parsing.Whole(Integer.MIN_VALUE, Integer.MAX_VALUE, number -> (int) number);
    static final Parsing SMALLINT = new Parsing.Whole(Short.MIN_VALUE, Short.MAX_VALUE, number -> (short) number);

    private Numbers() {}

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
        int precision = precision(modifier);
        int scale = scale(modifier);
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

    private static int precision(int modifier) {
        return modifier - 4 >> 16 & 0xffff;
    }

    /** That of a numeric with a precision. */
    static int scale(int modifier) {
        return (modifier - 4 & 0x7ff ^ 1024) - 1024;
    }

    private static BigDecimal number(String text) {
        try {
            // The exponent has at most ten digits more.
            if (text.length() <= MAX_DIGITS + 20) {
                BigDecimal number = new BigDecimal(text);
                if (Math.abs((long) number.scale()) <= MAX_SCALE && number.precision() <= MAX_DIGITS) {
                    return number.signum() == 0 ? BigDecimal.ZERO.setScale(Math.max(0, number.scale())) : number;
                }
            }
        } catch (NumberFormatException e) {
            throw new Unfit("a number");
        }
        throw new Unfit("a number of at most %d digits".formatted(MAX_DIGITS));
    }

    /** The text of a decimal that tells its own scale: {@code {"scale": 2, "value": "Base64"}}. */
    static String ofItsOwnScale(JsonParser json) throws IOException {
        String value = null;
        Integer scale = null;
        if (json.currentToken() == JsonToken.START_OBJECT) {
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                if (name.equals("value") && token == JsonToken.VALUE_STRING) {
                    value = json.getText();
                } else if (name.equals("scale") && token == JsonToken.VALUE_NUMBER_INT) {
                    scale = small(json);
                } else {
                    json.skipChildren();
                }
            }
        }
        if (value == null || scale == null) {
            throw new Unfit("a number");
        }
        return Binary.decimal(value, scale);
    }

    /** A whole number of few digits; -1 if it has more. */
    static int small(JsonParser json) throws IOException {
        return json.getTextLength() < 10 ? json.getIntValue() : -1;
    }

    /** Equal numbers as one, such that their texts are equal, too. */
    static Comparable<?> same(Comparable<?> value) {
        if (value instanceof BigDecimal number) {
            return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        }
        if (value instanceof Double number) {
            return number + 0.0;
        }
        return value instanceof Float number ? (Comparable<?>) (number + 0.0f) : value;
    }
}
