package io.streamviews.user.erasure;

/** How far an erasure is, in this order. */
public enum ErasureState {
    /** The user is to be deleted by a command, as anybody is. */
    DELETING,
    /** The deletion is to be published, and to have come to the live views. */
    ARRIVING,
    /** All copies that are in our hands are to be erased, in one transaction. */
    ERASING,
    /** Erased; the topic says it until it is compacted. */
    COMPACTING,
    /** The topic does not say it any more. */
    DONE
}
