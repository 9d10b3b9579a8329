package io.streamviews.rest;

/** Whose requests only wait, which is no reason to refuse those that could be answered. */
public interface MakesRoom {

    /**
     * Where as many requests are in flight as may be, refuses the one that has waited for longest, if that is longer than is
     * usual. Called on any thread; does not block.
     *
     * @return whether there was one
     */
    boolean makeRoom();
}
