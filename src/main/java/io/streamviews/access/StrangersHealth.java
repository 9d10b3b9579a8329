package io.streamviews.access;

import io.smallrye.health.SmallRyeHealth;
import io.smallrye.health.SmallRyeHealthReporter;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.BodyLimit;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.json.JsonValue;
import java.util.Map;
import java.util.function.Supplier;

/** Tells who is no operator which health checks are up, and nothing of what they found: that names hosts, tables and SQL. */
@ApplicationScoped
class StrangersHealth {

    private final Map<String, Supplier<Uni<SmallRyeHealth>>> reports;

    StrangersHealth(SmallRyeHealthReporter reporter) {
        this.reports = Map.of(
                "/q/health", reporter::getHealthAsync,
                "/q/health/live", reporter::getLivenessAsync,
                "/q/health/ready", reporter::getReadinessAsync,
                "/q/health/started", reporter::getStartupAsync);
    }

    void register(@Observes Router router) {
        reports.forEach((path, report) ->
                router.route(path).order(BodyLimit.UNLIMITED).handler(routing -> answer(routing, report)));
    }

    private static void answer(RoutingContext routing, Supplier<Uni<SmallRyeHealth>> report) {
        if (Access.isOperator(routing)) {
            routing.next();
            return;
        }
        Context here = Vertx.currentContext();
        report.get().subscribe().with(found -> here.runOnContext(now -> write(routing, found)), routing::fail);
    }

    private static void write(RoutingContext routing, SmallRyeHealth found) {
        JsonArray checks = new JsonArray();
        for (JsonValue check : found.getPayload().getJsonArray("checks")) {
            checks.add(new JsonObject()
                    .put("name", check.asJsonObject().getString("name"))
                    .put("status", check.asJsonObject().getString("status")));
        }
        routing.response()
                .setStatusCode(found.isDown() ? 503 : 200)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=UTF-8")
                .end(new JsonObject()
                        .put("status", found.getPayload().getString("status"))
                        .put("checks", checks)
                        .encodePrettily());
    }
}
