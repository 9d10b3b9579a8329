package io.streamviews.feed;

import io.streamviews.feed.CatchUp.Piece;
import io.streamviews.source.BaseView;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One client's place in a base view's changes. Where the tail's ring has what follows, it is told from there; else a piece
 * is read for it, which may be {@value CatchUp#BYTES_AT_A_TIME} bytes or one event. Either way each change once, and in
 * its partition's order.
 */
final class TopicSource implements FeedSource {

    private static final long NOT_IN_RING = -1;

    private final BaseView view;
    private final TopicTail tail;
    private final CatchUp catchUp;
    private final Feed feed;
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private volatile int ownBytes;
    private FeedPosition position;
    private boolean mayBeBehind;
    private boolean isBeingRead;
    private long next = NOT_IN_RING;

    /** @param begin what it is told first */
    TopicSource(BaseView view, TopicTail tail, CatchUp catchUp, Feed feed, Piece begin) {
        this.view = view;
        this.tail = tail;
        this.catchUp = catchUp;
        this.feed = feed;
        take(begin);
    }

    @Override
    public byte[] next() {
        if (!pieces.isEmpty()) {
            byte[] event = pieces.remove();
            ownBytes -= event.length;
            return event;
        }
        byte[] event = isBeingRead ? null : fromRing();
        if (event == null && next == NOT_IN_RING && !isBeingRead && (mayBeBehind || tail.isReady())) {
            readOn();
        }
        return event;
    }

    @Override
    public boolean isBetweenEvents() {
        return true;
    }

    @Override
    public int ownBytes() {
        return ownBytes;
    }

    @Override
    public void close() {
        tail.leave(feed);
    }

    private byte[] fromRing() {
        if (next == NOT_IN_RING || tail.ring().isBehind(next)) {
            next = tail.ring().after(told -> position.includes(told.after()));
        }
        if (next == NOT_IN_RING) {
            return null;
        }
        for (TopicEvent change = tail.ring().get(next);
                change != null;
                change = tail.ring().get(next)) {
            next++;
            // what has been read for this feed alone may be ahead of the ring in some partitions
            if (change.offset() >= position.offsets()[change.partition()]) {
                return tell(change);
            }
        }
        return null;
    }

    private byte[] tell(TopicEvent change) {
        if (change.after().includes(position)) {
            position = change.after();
            return change.event().bytes();
        }
        position = position.at(change.partition(), change.offset() + 1);
        return change.event().withId(position.id());
    }

    private void readOn() {
        isBeingRead = true;
        catchUp.read(view, position)
                .whenComplete((piece, failure) -> feed.run(() -> {
                    isBeingRead = false;
                    if (failure != null) {
                        feed.fail(failure);
                        return;
                    }
                    take(piece);
                }));
    }

    private void take(Piece piece) {
        position = piece.after();
        mayBeBehind = piece.isBehind();
        pieces.addAll(piece.events());
        ownBytes = pieces.stream().mapToInt(event -> event.length).sum();
    }
}
