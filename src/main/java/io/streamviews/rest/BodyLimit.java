package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers a request that announces too large a body with a problem document, before any of the body is read. Quarkus'
 * own check comes after it, cuts off bodies of unannounced length as well, and answers with nothing but the status.
 */
@ApplicationScoped
public class BodyLimit {

    /** The order of a route that takes bodies of any length; there is room before it for who decides on requests. */
    public static final int UNLIMITED = Integer.MIN_VALUE + 1;

    private static final int FIRST = UNLIMITED + 1;

    private final long limit;

    BodyLimit(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit) {
        this.limit = limit.asLongValue();
    }

    void register(@Observes Router router) {
        router.route().order(FIRST).handler(this::check);
    }

    private void check(RoutingContext request) {
        String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null || Long.parseLong(length) <= limit) {
            request.next();
            return;
        }
        Problem.of(413, "The body has " + length + " bytes, more than " + limit).answer(request.request());
    }
}
