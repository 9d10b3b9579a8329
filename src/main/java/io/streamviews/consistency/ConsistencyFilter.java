package io.streamviews.consistency;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.ViewAccess;
import io.streamviews.consistency.AppliedWrites.Missing;
import io.streamviews.rest.Preferences;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Has whatever reads the views, or answers with what stands in them, wait until they hold what the request's
 * {@code Consistency-Token} names: every resource below these paths, without its doing. A request without a token never
 * waits. {@code Prefer: wait=…} (RFC 7240) asks for less patience than there is.
 */
public class ConsistencyFilter {

    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    private static final Duration[] WAITS = LongStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final Pattern paths;
    private final ViewWaits waits;
    private final Reasons reasons;
    private final ViewAccess access;
    private final Duration maxWait;
    private final Timer waited;

    ConsistencyFilter(
            ViewWaits waits, Reasons reasons, ViewAccess access, MeterRegistry meters, ConsistencyConfig config) {
        this.paths = Pattern.compile(config.paths(), Pattern.DOTALL);
        this.waits = waits;
        this.reasons = reasons;
        this.access = access;
        this.maxWait = config.maxWait();
        this.waited = Timer.builder("streamviews.consistency.wait")
                .description("Time that reads with a token take until the views hold what it names")
                .serviceLevelObjectives(WAITS)
                .register(meters);
    }

    @ServerRequestFilter
    public Uni<Response> await(ContainerRequestContext request, RoutingContext routing) {
        List<String> headers = request.getHeaders().get(ConsistencyToken.HEADER);
        if (headers == null || !reads(paths, request.getUriInfo().getPath(), request.getMethod())) {
            return Uni.createFrom().nullItem();
        }
        ConsistencyToken token = ConsistencyToken.of(headers);
        reasons.check(token);
        Duration patience = patience(request);
        Context here = Vertx.currentContext();
        Executor onHere = task -> here.runOnContext(now -> task.run());
        long start = System.nanoTime();
        return waits.awaitForReading(here, token.places(), patience)
                .invoke(missing -> waited.record(System.nanoTime() - start, TimeUnit.NANOSECONDS))
                // reads go by what the request's context says of the standby
                .emitOn(onHere)
                .chain(missing -> missing.isEmpty()
                        ? reasons.refuseSuspended(access.madeOf(
                                request.getMethod(), request.getUriInfo().getPath()))
                        : refuse(routing, missing.get(0), patience))
                .emitOn(onHere);
    }

    /** A deletion is answered with nothing. */
    static boolean reads(Pattern paths, String path, String method) {
        return !method.equals(HttpMethod.DELETE) && paths.matcher(path).matches();
    }

    private Uni<Response> refuse(RoutingContext client, Missing first, Duration patience) {
        return reasons.explain(first, views -> access.isAllowed(client, views)).map(why -> {
            throw RefusedException.of(
                    ProblemType.VIEWS_BEHIND,
                    "The views do not hold %s, also not after %d ms: %s"
                            .formatted(first.place(), patience.toMillis(), why));
        });
    }

    private Duration patience(ContainerRequestContext request) {
        Optional<Duration> wanted = Preferences.of(request.getHeaders(), "wait")
                .filter(text -> SECONDS.matcher(text).matches())
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .filter(wait -> wait.compareTo(maxWait) <= 0);
        wanted.ifPresent(wait -> PreferenceFilter.waits(request, wait.toSeconds()));
        return wanted.orElse(maxWait);
    }
}
