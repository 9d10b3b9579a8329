package io.streamviews.feed;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.streamviews.access.GrantedRoles;
import io.streamviews.rest.MediaTypes;
import io.streamviews.rest.Problem;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.ShownViews;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * {@code GET /api/views/{view}/changes}: a view's changes as server-sent events. A route of Vert.x and no REST resource,
 * since a feed has to know what its client has taken.
 */
@ApplicationScoped
class FeedRoute {

    static final String LAST_EVENT_ID = "Last-Event-ID";

    private static final String EVENTS = "text/event-stream";
    private static final String PATH = "/api/views/:view/changes";

    private final FeedSources sources;
    private final OpenFeeds feeds;
    private final FeedConfig config;
    private final ShownViews shown;
    private final boolean enabled;

    FeedRoute(
            FeedSources sources,
            OpenFeeds feeds,
            FeedConfig config,
            ShownViews shown,
            @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.sources = sources;
        this.feeds = feeds;
        this.config = config;
        this.shown = shown;
        this.enabled = enabled;
    }

    void register(@Observes Router router, MeterRegistry meters) {
        if (enabled) {
            Gauge.builder("streamviews.feed.open", feeds::count)
                    .description("Live feeds that clients follow")
                    .register(meters);
            router.get(PATH).handler(this::accept);
        }
    }

    private void accept(RoutingContext routing) {
        if (!MediaTypes.accepts(routing.request(), EVENTS)) {
            Problem.of(406, "The answer is " + EVENTS).answer(routing.request());
            return;
        }
        HttpServerRequest request = routing.request();
        // a hyphen stands for an underscore
        String view = routing.pathParam("view").replace('-', '_');
        EventStream client =
                new EventStream(request, Vertx.currentContext(), config).until(GrantedRoles.until(routing));
        Feed feed = new Feed(view, client, feeds);
        try {
            feeds.admit(feed);
        } catch (RefusedException e) {
            feed.refuse(e);
            return;
        }
        shown.check(routing, view)
                .subscribeAsCompletionStage()
                .thenCompose(
                        allowed -> sources.open(view, request.getHeader(LAST_EVENT_ID), request.getParam("from"), feed))
                .whenComplete((source, failure) -> {
                    if (failure == null) {
                        feed.begin(source);
                    } else {
                        feed.refuse(failure);
                    }
                });
    }
}
