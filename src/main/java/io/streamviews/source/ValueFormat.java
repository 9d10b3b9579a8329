package io.streamviews.source;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a value is written in a record, where its JSON type does not tell. Of an array, it is that of the elements. */
enum ValueFormat {
    /** As the column's type is usually written in JSON. */
    NATURAL,
    EPOCH_SECONDS,
    EPOCH_MILLIS,
    EPOCH_MICROS,
    EPOCH_NANOS,
    EPOCH_DAYS,
    /** A time of day, since midnight. */
    MILLIS_OF_DAY,
    MICROS_OF_DAY,
    NANOS_OF_DAY,
    /** A duration. */
    MICROS,
    /** The digits of a decimal, as a big-endian integer in Base64; the scale is the column's own. */
    BASE64_DECIMAL,
    /** A bit string's bytes, the last bit first, in Base64; the length is the column's own. */
    BASE64_BITS,
    BASE64,
    HEX,
    /** JSON in a JSON string. */
    JSON_TEXT;

    /** @throws WrongDeclarationException if there is none of this name */
    static ValueFormat of(String name) {
        return Arrays.stream(values())
                .filter(format -> format.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new WrongDeclarationException("There is no format \"%s\"; there are %s"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(ValueFormat::toString)
                                        .collect(Collectors.joining(", ")))));
    }

    boolean isOfInstants() {
        return this == EPOCH_SECONDS || this == EPOCH_MILLIS || this == EPOCH_MICROS || this == EPOCH_NANOS;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
