package io.streamviews.feed;

import io.streamviews.projection.generation.Views;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.streamviews.source.BaseView;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Opens the source of a view's changes, of whichever kind the view is. */
@ApplicationScoped
class FeedSources {

    private final Views views;
    private final Committed committed;
    private final CatchUp catchUp;
    private final Tails tails;

    FeedSources(Views views, Committed committed, CatchUp catchUp, Tails tails) {
        this.views = views;
        this.committed = committed;
        this.catchUp = catchUp;
        this.tails = tails;
    }

    /**
     * Does not block.
     *
     * @param name of the view's table
     * @param lastEventId null if the client has seen none
     * @param from {@code earliest} to begin with all there is, if the client has seen none; null to begin now
     * @return to be closed by the feed; fails with a {@link RefusedException} if there is no such view, or no such place
     */
    CompletionStage<FeedSource> open(String name, String lastEventId, String from, Feed feed) {
        Optional<BaseView> base = views.find(name);
        try {
            if (from != null && !from.equals("earliest")) {
                throw RefusedException.violation("from", "must be earliest, or absent");
            }
            if (base.isPresent()) {
                LastEventId earliest = from == null ? null : LastEventId.EARLIEST;
                return open(base.get(), lastEventId == null ? earliest : LastEventId.of(lastEventId), feed);
            }
            return committed
                    .isDerivedView(name)
                    .subscribeAsCompletionStage()
                    .thenCompose(isThere -> open(name, isThere, lastEventId, feed));
        } catch (RefusedException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private CompletionStage<FeedSource> open(BaseView view, LastEventId from, Feed feed) {
        return catchUp.begin(view, from)
                .thenApply(begin -> new TopicSource(
                        view, tails.ofBaseView(view, begin.after().partitions(), feed), catchUp, feed, begin));
    }

    private CompletionStage<FeedSource> open(String name, boolean isThere, String lastEventId, Feed feed) {
        if (!isThere) {
            return CompletableFuture.failedStage(RefusedException.absent(
                    "There is no view %s that could be followed: a base view, or a derived one that is kept"
                            .formatted(name)));
        }
        ViewTail tail = tails.ofDerivedView(name, feed);
        return tail.ready().handle((ready, failure) -> {
            if (failure == null) {
                return new ViewSource(tail, feed, lastEventId);
            }
            tail.leave(feed);
            throw failure instanceof TooLargeException
                    ? RefusedException.of(ProblemType.TOO_LARGE_TO_FOLLOW, failure.getMessage())
                    : new CompletionException(failure);
        });
    }
}
