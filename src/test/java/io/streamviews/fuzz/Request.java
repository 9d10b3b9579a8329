package io.streamviews.fuzz;

/**
 * What is sent, byte by byte.
 *
 * @param operation that is meant; null if none is
 * @param what is wrong with it, for people
 * @param forAnother whether it is a command for a version that there is not
 * @param byStranger whether it says that it is somebody who is not known, or asks for what nobody unknown may do
 */
record Request(Operation operation, String method, String what, boolean forAnother, boolean byStranger, byte[] bytes) {

    boolean isCommand() {
        return operation != null && operation.isCommand();
    }

    /** Whether the document says that this may be answered with 503. */
    boolean mayBeUnavailable() {
        return operation != null && operation.statuses().contains(503);
    }

    @Override
    public String toString() {
        return operation == null ? what : method + " " + operation.path() + " with " + what;
    }

    static String printable(String text, int most) {
        StringBuilder printable = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> {
            if (c < 32 || c == 127 || Character.getType(c) == Character.SURROGATE) {
                printable.append("\\u%04x".formatted(c));
            } else {
                printable.appendCodePoint(c);
            }
        });
        return text.length() <= most ? printable.toString() : printable + "… (" + text.length() + ")";
    }
}
