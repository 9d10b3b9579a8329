package io.streamviews.projection;

/** A record that could not be applied, and why. */
record DeadLetter(SourceRecord source, String error) {

    private static final int MAX_ERROR_LENGTH = 2_000;

    static DeadLetter of(SourceRecord source, Throwable failure) {
        String message = failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        String text = message.replace('\0', ' ');
        return new DeadLetter(source, text.substring(0, Math.min(text.length(), MAX_ERROR_LENGTH)));
    }
}
