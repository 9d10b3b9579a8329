package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The pauses of one loop. Confined to the loop's Vert.x context: nothing here is safe for other threads. */
final class Pause {

    private final Vertx vertx;
    private boolean woken;
    private boolean ended;
    private boolean wakeable;
    private long timer;
    private UniEmitter<? super Void> sleeper;

    Pause(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Sleeps until woken, but no longer; not at all if somebody has woken the loop since its last sleep. */
    Uni<Void> idle(Duration atMost) {
        return sleep(atMost, true);
    }

    /** Sleeps, and only the end of the loop cuts it short. */
    Uni<Void> rest(Duration time) {
        return sleep(time, false);
    }

    void wake() {
        woken = true;
        if (wakeable) {
            resume();
        }
    }

    /** Ends this and every later sleep. */
    void end() {
        ended = true;
        resume();
    }

    boolean hasEnded() {
        return ended;
    }

    private Uni<Void> sleep(Duration time, boolean mayBeWoken) {
        return Uni.createFrom().emitter(emitter -> {
            if (ended || mayBeWoken && woken) {
                woken = false;
                emitter.complete(null);
                return;
            }
            sleeper = emitter;
            wakeable = mayBeWoken;
            timer = vertx.setTimer(Math.max(1, time.toMillis()), elapsed -> resume());
        });
    }

    private void resume() {
        UniEmitter<? super Void> resumed = sleeper;
        if (resumed != null) {
            vertx.cancelTimer(timer);
            sleeper = null;
            wakeable = false;
            woken = false;
            resumed.complete(null);
        }
    }
}
