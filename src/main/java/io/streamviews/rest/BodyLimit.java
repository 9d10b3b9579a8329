package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers a request that announces too large a body with a problem document, before any of the body is read. Quarkus'
 * own check comes after it, cuts off bodies of unannounced length as well, and answers with nothing but the status. A body
 * that has not come in time is not waited for any longer, unless it is being answered already.
 */
@ApplicationScoped
public class BodyLimit {

    /** The order of a route that takes bodies of any length; there is room before it for who decides on requests. */
    public static final int UNLIMITED = Admission.ORDER + 2;

    private static final int FIRST = UNLIMITED + 1;

    private final long limit;
    private final Duration time;

    BodyLimit(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit, LimitsConfig limits) {
        this.limit = limit.asLongValue();
        this.time = limits.bodyTime();
    }

    void register(@Observes Router router) {
        router.route().order(FIRST).handler(this::check);
    }

    private void awaitBody(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        long timer = routing.vertx().setTimer(time.toMillis(), late -> {
            if (!request.isEnded() && !routing.response().headWritten()) {
                Problem.of(408, "The body has not come within " + time.toMillis() + " ms")
                        .answer(request);
            }
        });
        routing.addEndHandler(ended -> routing.vertx().cancelTimer(timer));
    }

    private void check(RoutingContext request) {
        String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null || Long.parseLong(length) <= limit) {
            if (length == null
                    ? request.request().getHeader(HttpHeaders.TRANSFER_ENCODING) != null
                    : Long.parseLong(length) > 0) {
                awaitBody(request);
            }
            request.next();
            return;
        }
        Problem.of(413, "The body has " + length + " bytes, more than " + limit).answer(request.request());
    }
}
