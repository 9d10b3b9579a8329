package io.streamviews.feed;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.streamviews.rest.Problem;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * {@code GET /api/views/{view}/changes}: a view's changes as server-sent events. A route of Vert.x and no REST resource,
 * since a feed has to know what its client has taken. Each has a thread of its own, which reads and waits; no event loop
 * does.
 */
@ApplicationScoped
class FeedRoute {

    static final String LAST_EVENT_ID = "Last-Event-ID";

    private static final String PATH = "/api/views/:view/changes";

    private final Sources sources;
    private final FeedConfig config;
    private final boolean enabled;
    private final AtomicInteger open = new AtomicInteger();
    private final Set<Feed> feeds = ConcurrentHashMap.newKeySet();

    FeedRoute(
            Sources sources,
            FeedConfig config,
            MeterRegistry meters,
            @ConfigProperty(name = "streamviews.post.enabled") boolean enabled) {
        this.sources = sources;
        this.config = config;
        this.enabled = enabled;
        if (enabled) {
            Gauge.builder("streamviews.feed.open", open::get)
                    .description("Live feeds that clients follow")
                    .register(meters);
        }
    }

    void register(@Observes Router router) {
        if (enabled) {
            router.get(PATH).handler(this::accept);
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        feeds.forEach(Feed::stop);
    }

    private void accept(RoutingContext routing) {
        if (open.incrementAndGet() > config.maxOpen()) {
            open.decrementAndGet();
            routing.response().putHeader(HttpHeaders.RETRY_AFTER, "5");
            Problem.of(503, "There are %d feeds open, as many as may be".formatted(config.maxOpen()))
                    .answer(routing.request());
            return;
        }
        HttpServerRequest request = routing.request();
        String view = routing.pathParam("view");
        String lastEventId = request.getHeader(LAST_EVENT_ID);
        String from = request.getParam("from");
        EventStream client = new EventStream(request, Vertx.currentContext(), config);
        Feed feed = new Feed(view, () -> sources.open(view, lastEventId, from), client, this::ended);
        feeds.add(feed);
        feed.start();
    }

    private void ended(Feed feed) {
        feeds.remove(feed);
        open.decrementAndGet();
    }
}
