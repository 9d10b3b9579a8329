package io.streamviews.source;

/** How a record's value is wrapped: where in it the row is, and what says what became of the row. Safe for all threads. */
interface Envelope {

    /**
     * Fills the slots from a record that has a value.
     *
     * @param lenient whether values that do not fit are left out rather than refused
     * @throws MalformedRecordException if the value is no such envelope
     */
    void read(Message message, Object[] found, boolean lenient);

    /**
     * Whether it says that the row is gone, of a record that has been read.
     *
     * @throws MalformedRecordException if it says nothing of a row
     */
    boolean isDeletion(Object[] found);
}
