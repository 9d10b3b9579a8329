package io.streamviews.projection;

/** Is told of the batches of this process. Called on event loops, so it must not block. */
public interface BatchListener {

    /**
     * A batch has been committed; it may have no events, and move the positions alone.
     *
     * @param startNanos when its first attempt began, as {@link System#nanoTime()} says
     */
    void committed(WriteBatch batch, long startNanos);

    /** An attempt to write a batch has failed, and is followed by another one. */
    default void retried() {}
}
