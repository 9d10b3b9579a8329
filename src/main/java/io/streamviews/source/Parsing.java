package io.streamviews.source;

import java.util.function.LongFunction;

/** Reads a value that is written as a text, or as a number or truth value without quotes. */
@FunctionalInterface
interface Parsing {

    /**
     * Reads a value.
     *
     * @param bare whether it stood there without quotes
     * @throws Unfit if it is no such value
     */
    Object parse(String text, boolean bare);

    /** One that reads texts first, to hand over what they mean. */
    default Parsing after(Parsing meaning) {
        return (text, bare) -> parse((String) meaning.parse(text, bare), false);
    }

    /** Reads whole numbers, and never makes a text of one that stands there without quotes. */
    record Whole(long least, long most, LongFunction<Object> value) implements Parsing {

        Object parse(long number) {
            if (number < least || number > most) {
                throw unfit();
            }
            return value.apply(number);
        }

        @Override
        public Object parse(String text, boolean bare) {
            long number;
            try {
                number = Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw unfit();
            }
            return parse(number);
        }

        private Unfit unfit() {
            return new Unfit("an integer from %d to %d".formatted(least, most));
        }
    }
}
