package io.streamviews.feed;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/**
 * One thread that follows a view for all feeds of it. Never waits for a client. If it ends before it is stopped, so do its
 * feeds, and the next feed has another one.
 */
abstract class Tail {

    private static final Logger LOG = Logger.getLogger(Tail.class);

    final String view;
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Thread thread;
    private Tails owner;
    private volatile boolean stopped;

    Tail(String view) {
        this.view = view;
        this.thread = new Thread(this::run, "changes of " + view);
        thread.setDaemon(true);
    }

    /** A feed. Called on the tail's thread; must not block. */
    interface Follower {

        /** There may be something new. */
        void wake();

        void end(CloseReason ending);
    }

    /**
     * Follows until {@link #isStopped}, or nothing can be followed so any more, and says why it ends; calls {@link
     * #becomeReady} once it knows where it begins.
     */
    abstract CloseReason follow() throws InterruptedException;

    /** Done when there is something to begin with; failed if that could not be had. */
    final CompletableFuture<Void> ready() {
        return ready;
    }

    final boolean isReady() {
        return ready.isDone();
    }

    final void becomeReady() {
        ready.complete(null);
        wakeAll();
    }

    final void wakeAll() {
        followers.forEach(Follower::wake);
    }

    final boolean isStopped() {
        return stopped;
    }

    /** For a feed that ends; others go on. */
    final void leave(Follower follower) {
        owner.leave(this, follower);
    }

    /** For {@link Tails} alone, as all that follows. */
    final void start(Tails tails) {
        owner = tails;
        thread.start();
    }

    final void stop() {
        stopped = true;
        thread.interrupt();
    }

    final void add(Follower follower) {
        followers.add(follower);
    }

    /** Says whether it was the last. */
    final boolean remove(Follower follower) {
        followers.remove(follower);
        return followers.isEmpty();
    }

    private void run() {
        CloseReason ending = CloseReason.STOPPED;
        Throwable reason = new IllegalStateException("Stopped");
        try {
            ending = follow();
        } catch (InterruptedException | InterruptException e) {
            reason = e;
        } catch (TooLargeException e) {
            ending = CloseReason.overflow(e.getMessage());
            reason = e;
        } catch (RuntimeException | Error e) {
            ending = CloseReason.FAILED;
            reason = e;
            if (e instanceof Error) {
                LOG.errorf(e, "The feeds of %s end", view);
            } else if (!stopped) {
                LOG.warnf("The feeds of %s end, and their clients may resume: %s", view, e.toString());
            }
        }
        owner.ended(this);
        ready.completeExceptionally(reason);
        CloseReason last = ending;
        followers.forEach(follower -> follower.end(last));
    }
}
