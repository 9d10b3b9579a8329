package io.streamviews.feed;

import io.streamviews.consistency.CommitCounter;
import io.streamviews.feed.Tail.Follower;
import io.streamviews.feed.TopicTail.Place;
import io.streamviews.source.BaseView;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The tails that run, one for each view that somebody follows, and for a moment two where it becomes another one: started with its
 * first feed, stopped with its last.
 */
@ApplicationScoped
class Tails {

    private final ViewLogs logs;
    private final Committed committed;
    private final CommitCounter commits;
    private final FeedConfig config;
    private final Map<String, Tail> running = new HashMap<>();

    Tails(ViewLogs logs, Committed committed, CommitCounter commits, FeedConfig config) {
        this.logs = logs;
        this.committed = committed;
        this.commits = commits;
        this.config = config;
    }

    /** @param partitions that the feed knows of: its positions and the tail's are compared one by one */
    TopicTail ofBaseView(BaseView view, int partitions, Follower feed) {
        Place place = new Place(view, partitions);
        return (TopicTail) join(
                view.table(),
                running -> running instanceof TopicTail tail && tail.place().equals(place),
                () -> new TopicTail(place, logs, committed, commits, config),
                feed);
    }

    ViewTail ofDerivedView(String name, Follower feed) {
        return (ViewTail)
                join(name, ViewTail.class::isInstance, () -> new ViewTail(name, committed, commits, config), feed);
    }

    synchronized void leave(Tail tail, Follower feed) {
        if (tail.remove(feed)) {
            tail.stop();
            ended(tail);
        }
    }

    /** One that does not fit any more is replaced for new feeds; its own go on with it until it finds that out. */
    private synchronized Tail join(String view, Predicate<Tail> fits, Supplier<Tail> made, Follower feed) {
        Tail tail = running.get(view);
        if (tail == null || !fits.test(tail)) {
            tail = made.get();
            tail.add(feed);
            tail.start(this);
            running.put(view, tail);
        } else {
            tail.add(feed);
        }
        return tail;
    }

    synchronized void ended(Tail tail) {
        running.remove(tail.view, tail);
    }
}
