package io.streamviews.feed;

import io.quarkus.runtime.ShutdownEvent;
import io.streamviews.rest.RefusedException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The feeds that are open: no more of a process, and of a client's address, than may be. Where there is no room, the feed
 * whose client has left what it was sent unread for longest is dropped, if that is a tenth of the patience it has
 * otherwise; so clients that do not read keep out nobody who does.
 */
@ApplicationScoped
class OpenFeeds {

    private static final int SHORTENED = 10;
    private static final long LOOK_AGAIN_MS = 20;

    private final FeedConfig config;
    private final Set<Feed> feeds = ConcurrentHashMap.newKeySet();

    OpenFeeds(FeedConfig config) {
        this.config = config;
    }

    int count() {
        return feeds.size();
    }

    void onStop(@Observes ShutdownEvent stop) {
        feeds.forEach(feed -> feed.end(CloseReason.STOPPED));
    }

    /** @throws RefusedException (429, 503) if there is no room for it */
    synchronized void admit(Feed feed) {
        Predicate<Feed> sameClient = other -> other.address().equals(feed.address());
        if (feeds.stream().filter(sameClient).count() >= config.maxOpenPerClient() && !makeRoom(sameClient)) {
            throw RefusedException.busy(
                    "There are %d feeds open for this address, as many as may be".formatted(config.maxOpenPerClient()));
        }
        if (feeds.size() >= config.maxOpen() && !makeRoom(any -> true)) {
            throw RefusedException.unavailable(
                    "There are %d feeds open, as many as may be".formatted(config.maxOpen()));
        }
        feeds.add(feed);
    }

    void leave(Feed feed) {
        feeds.remove(feed);
    }

    /**
     * Waits until feeds that are behind have sent enough of what was read for them. No longer than their clients' patience;
     * those who read too slowly are dropped.
     */
    void awaitRoom() throws InterruptedException {
        long deadline = System.nanoTime() + config.patience().toNanos();
        while (held() >= config.catchUpBytes().asLongValue() && deadline - System.nanoTime() > 0) {
            if (!makeRoom(Feed::holdsBytes)) {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
            }
        }
    }

    private boolean makeRoom(Predicate<Feed> among) {
        Optional<Feed> unread = feeds.stream()
                .filter(among)
                .filter(feed -> feed.unreadFor() >= config.patience().toNanos() / SHORTENED)
                .max(Comparator.comparingLong(Feed::unreadFor));
        unread.ifPresent(feed -> {
            feeds.remove(feed);
            feed.end(CloseReason.CROWDED_OUT);
        });
        return unread.isPresent();
    }

    /** What is on its way to clients and takes long, in bytes; what several are sent is there once. */
    private long held() {
        Set<byte[]> blocks = Collections.newSetFromMap(new IdentityHashMap<>());
        long bytes = 0;
        for (Feed feed : feeds) {
            bytes += feed.ownBytes();
            byte[] block = feed.longBlock();
            if (block != null && blocks.add(block)) {
                bytes += block.length;
            }
        }
        return bytes;
    }
}
