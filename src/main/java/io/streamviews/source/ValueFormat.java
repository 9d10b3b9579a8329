package io.streamviews.source;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a value is written in a record, where its JSON type does not tell. */
enum ValueFormat {
    /** As the column's type is usually written in JSON. */
    NATURAL,
    EPOCH_SECONDS,
    EPOCH_MILLIS,
    EPOCH_MICROS,
    EPOCH_NANOS,
    EPOCH_DAYS;

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

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
