package io.streamviews.rest;

import java.util.HashMap;
import java.util.Map;

/** Lets so many in at a time, and fewer of them from one client's address. Thread-safe. */
public final class ClientLimiter {

    private final int most;
    private final int mostOfEach;
    private final Map<String, Integer> inside = new HashMap<>();
    private int all;

    public ClientLimiter(int most, int mostOfEach) {
        this.most = most;
        this.mostOfEach = mostOfEach;
    }

    /** Whether there is room; who has entered leaves again. */
    public synchronized boolean enter(String client) {
        if (all >= most || inside.getOrDefault(client, 0) >= mostOfEach) {
            return false;
        }
        all++;
        inside.merge(client, 1, Integer::sum);
        return true;
    }

    public synchronized void leave(String client) {
        all--;
        inside.computeIfPresent(client, (who, count) -> count == 1 ? null : count - 1);
    }
}
