package io.streamviews.console;

import io.streamviews.access.GrantedRoles;
import io.streamviews.feed.EventStream;
import io.streamviews.feed.FeedConfig;
import io.streamviews.rest.MediaTypes;
import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * {@code GET /api/console/snapshots}: the pipeline each second, as server-sent events. First of all {@code hello}, with what the client
 * may do and the last minutes, if somebody has looked then.
 */
@ApplicationScoped
class ConsoleRoute {

    static final String PATH = "/api/console/snapshots";

    private static final String EVENTS = "text/event-stream";

    private final Onlookers onlookers;
    private final FeedConfig config;

    ConsoleRoute(Onlookers onlookers, FeedConfig config) {
        this.onlookers = onlookers;
        this.config = config;
    }

    void register(@Observes Router router) {
        router.get(PATH).handler(this::accept);
    }

    private void accept(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        if (!MediaTypes.accepts(request, EVENTS)) {
            Problem.of(406, "The answer is " + EVENTS).answer(request);
            return;
        }
        EventStream stream =
                new EventStream(request, Vertx.currentContext(), config).until(GrantedRoles.until(routing));
        try {
            onlookers.admit(new Onlooker(stream, GrantedRoles.of(routing), onlookers));
        } catch (RefusedException noRoom) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, "5");
            Problems.describe(noRoom).answer(request);
        }
    }
}
