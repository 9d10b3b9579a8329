package io.streamviews.source;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A row's key: the values of the primary key's columns, in their order. As text it is the value itself, or a JSON array of
 * the values' texts if there are several; so it stands in tombstones and dead letters.
 */
public final class RowKey implements Comparable<RowKey> {

    private final Comparable<?>[] values;

    public RowKey(Comparable<?>... values) {
        this.values = values;
    }

    /** The value of the key's column at {@code index}. */
    public Object value(int index) {
        return values[index];
    }

    /** Any order that all keys of a view agree about. */
    @Override
    @SuppressWarnings("unchecked")
    public int compareTo(RowKey other) {
        for (int i = 0; i < values.length; i++) {
            int order = ((Comparable<Object>) values[i]).compareTo(other.values[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey key && values.length == key.values.length && compareTo(key) == 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    /** The key as text. */
    @Override
    public String toString() {
        return values.length == 1
                ? text(values[0])
                : Arrays.stream(values)
                        .map(value -> '"'
                                + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text(value)))
                                + '"')
                        .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String text(Comparable<?> value) {
        return value instanceof java.math.BigDecimal number ? number.toPlainString() : value.toString();
    }
}
