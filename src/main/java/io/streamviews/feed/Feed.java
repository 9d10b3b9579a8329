package io.streamviews.feed;

import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * One client that follows a view, until it goes away, is too slow, or the process stops. Sends what its source has as
 * fast as the client takes it, on the client's event loop, in pieces; has no thread. Any thread may call it, but for
 * what says otherwise.
 */
final class Feed implements Tail.Follower, EventStream.Writer {

    private static final Logger LOG = Logger.getLogger(Feed.class);

    /** Then it is another client's turn. */
    private static final int PIECES_AT_A_TIME = 8;

    /** An event is not cut near its end, so that its id is whole. */
    private static final int UNCUT = EventStream.PIECE * 3 / 2;

    private final String view;
    private final EventStream client;
    private final OpenFeeds feeds;
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private volatile FeedSource source;
    private volatile byte[] block;
    private int sent;
    private boolean isOver;

    Feed(String view, EventStream client, OpenFeeds feeds) {
        this.view = view;
        this.client = client;
        this.feeds = feeds;
        client.writtenBy(this);
    }

    String address() {
        return client.address();
    }

    long unreadFor() {
        return client.unreadFor();
    }

    /** What is being sent, if it takes more than one piece; perhaps to others, too. */
    byte[] longBlock() {
        byte[] current = block;
        return current != null && current.length > EventStream.PIECE ? current : null;
    }

    int ownBytes() {
        FeedSource opened = source;
        return opened == null ? 0 : opened.ownBytes();
    }

    boolean holdsBytes() {
        return ownBytes() > 0 || longBlock() != null;
    }

    void begin(FeedSource opened) {
        client.run(() -> {
            if (isOver) {
                opened.close();
                return;
            }
            source = opened;
            client.open();
            send();
        });
    }

    void refuse(Throwable reason) {
        client.run(() -> {
            if (!isOver) {
                over();
                client.refuse(
                        reason instanceof CompletionException && reason.getCause() != null
                                ? reason.getCause()
                                : reason);
            }
        });
    }

    /** Has something done on the feed's event loop, unless it is over, and sends what there is then. */
    void run(Runnable task) {
        client.run(() -> {
            if (!isOver) {
                task.run();
                send();
            }
        });
    }

    @Override
    public void wake() {
        if (isWoken.compareAndSet(false, true)) {
            client.run(this::send);
        }
    }

    @Override
    public void end(CloseReason ending) {
        client.run(() -> {
            if (isOver) {
                return;
            }
            boolean hasBegun = source != null;
            boolean betweenEvents = hasBegun && block == null && source.isBetweenEvents();
            over();
            if (hasBegun) {
                client.end(ending, betweenEvents);
            } else {
                client.refuse(RefusedException.unavailable("The feed cannot begin: " + ending.reason()));
            }
        });
    }

    void fail(Throwable reason) {
        LOG.warnf("A feed of %s ends, and its client may resume: %s", view, reason.toString());
        end(CloseReason.FAILED);
    }

    @Override
    public void hasRoom() {
        // not at once: what is written may have been taken before it returns
        wake();
    }

    @Override
    public void isUnread() {
        LOG.infof("A client that follows %s does not read what it is sent, and is dropped", view);
        end(CloseReason.LAGGING);
    }

    @Override
    public void isExpired() {
        end(CloseReason.EXPIRED);
    }

    @Override
    public void isGone() {
        if (!isOver) {
            over();
        }
    }

    private void over() {
        isOver = true;
        block = null;
        client.close();
        feeds.leave(this);
        if (source != null) {
            source.close();
        }
    }

    private void send() {
        isWoken.set(false);
        try {
            for (int pieces = 0; !isOver && source != null && client.hasRoom(); pieces++) {
                if (pieces == PIECES_AT_A_TIME) {
                    wake();
                    return;
                }
                Buffer piece = piece();
                if (piece.length() == 0) {
                    return;
                }
                client.write(piece);
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** What comes next, several events if they are short. */
    private Buffer piece() {
        Buffer piece = Buffer.buffer();
        while (piece.length() < EventStream.PIECE) {
            if (block == null) {
                block = source.next();
                sent = 0;
            }
            if (block == null || piece.length() > 0 && piece.length() + block.length > EventStream.PIECE) {
                break;
            }
            int left = block.length - sent;
            int length = left <= UNCUT ? left : EventStream.PIECE;
            piece.appendBytes(block, sent, length);
            sent += length;
            if (sent == block.length) {
                block = null;
            }
        }
        return piece;
    }
}
