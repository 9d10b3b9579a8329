package io.streamviews.source;

/**
 * How values are written.
 *
 * @param size a decimal's scale, a bit string's length; -1 if the column says it
 */
record Encoding(ValueFormat format, int size) {

    static final Encoding NATURAL = new Encoding(ValueFormat.NATURAL, -1);

    static Encoding of(ValueFormat format) {
        return new Encoding(format, -1);
    }
}
