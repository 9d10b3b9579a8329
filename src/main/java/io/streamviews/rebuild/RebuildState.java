package io.streamviews.rebuild;

/** Where a rebuild stands. Until it is {@link #DONE}, people read the former generation as if there were no rebuild. */
public enum RebuildState {
    /** The new generation's schema is being made. */
    PREPARING,
    /** The topics are being read from their beginning. */
    FILLING,
    /** Indexes and derived views are being made, each once, of what is there. */
    INDEXING,
    /** What has come meanwhile is being read, and the derived views are being checked. */
    CATCHING_UP,
    /** What the new generation changes for readers is being found. */
    COMPARING,
    /** Somebody has to approve it; what comes meanwhile is read on. */
    HELD,
    /** Only the exchange of the generations is missing. */
    SWAPPING,
    /** People read the new generation; the former one is kept until the next rebuild. */
    DONE,
    /** Ended because somebody asked for it; the new generation has been dropped. */
    CANCELLED,
    /** The new generation was not good enough, and has been dropped. */
    FAILED,
    /** Too many processes have died or failed over it; the new generation has been dropped. */
    ABANDONED,
    /** It was done, and then the former generation was brought back. */
    ROLLED_BACK
}
