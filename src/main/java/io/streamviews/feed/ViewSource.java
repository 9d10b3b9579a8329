package io.streamviews.feed;

import io.streamviews.feed.Snapshots.Snapshot;
import io.streamviews.feed.ViewTail.Difference;

/**
 * One client's place in a derived view's changes: the whole at first, if the client does not know a state from which the
 * tail's ring goes on, then differences, each a commit's or several commits'. A client that takes its time is told the
 * whole again. Holds nothing that is not shared.
 */
final class ViewSource implements FeedSource {

    private static final long NOT_IN_RING = -1;

    private final ViewTail tail;
    private final Feed feed;
    private Snapshot snapshot;
    private int part;
    private long next = NOT_IN_RING;
    private byte[] first;

    /** @param known the state that the client knows; may be null, or one that nobody remembers */
    ViewSource(ViewTail tail, Feed feed, String known) {
        this.tail = tail;
        this.feed = feed;
        this.next = known == null ? NOT_IN_RING : after(known);
        this.first = next == NOT_IN_RING ? null : ViewState.start(tail.view, known);
    }

    @Override
    public byte[] next() {
        if (first != null) {
            byte[] start = first;
            first = null;
            return start;
        }
        if (snapshot == null && next != NOT_IN_RING) {
            Difference difference = tail.ring().get(next);
            if (difference != null) {
                next++;
                return difference.bytes();
            }
            if (!tail.ring().isBehind(next)) {
                return null;
            }
        }
        return partOfSnapshot();
    }

    @Override
    public boolean isBetweenEvents() {
        return snapshot == null;
    }

    @Override
    public int ownBytes() {
        return 0;
    }

    @Override
    public void close() {
        if (snapshot != null) {
            tail.snapshots().giveBack(snapshot, feed);
        }
        tail.leave(feed);
    }

    private byte[] partOfSnapshot() {
        if (snapshot == null) {
            snapshot = tail.snapshots().take(feed, state -> after(state) != NOT_IN_RING);
            part = 0;
        }
        if (snapshot == null) {
            return null;
        }
        byte[] bytes = snapshot.parts().get(part++);
        if (part == snapshot.parts().size()) {
            next = after(snapshot.id());
            tail.snapshots().giveBack(snapshot, feed);
            snapshot = null;
        }
        return bytes;
    }

    private long after(String state) {
        return tail.ring().after(told -> told.id().equals(state));
    }
}
