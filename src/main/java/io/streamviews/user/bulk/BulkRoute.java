package io.streamviews.user.bulk;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.eventlog.Traces;
import io.streamviews.rest.BodyLimit;
import io.streamviews.rest.BoundedBodies;
import io.streamviews.rest.ClientLimiter;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.LimitsConfig;
import io.streamviews.rest.MediaTypes;
import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.UserRequest;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.validation.Validator;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * {@code POST /api/users/bulk}: a stream of users of any length, one in a line, answered by a stream that says how far it
 * is. A route of Vert.x and no REST resource, since those have their whole body before they begin.
 */
@ApplicationScoped
class BulkRoute {

    private static final String GZIP = "gzip";

    static final String NDJSON = "application/x-ndjson";

    private static final String PATH = "/api/users/bulk";
    private static final Set<String> TYPES = Set.of(NDJSON, "application/ndjson", "application/jsonl");

    private final ChunkCommits commits;
    private final ObjectMapper mapper;
    private final Validator validator;
    private final LimitsConfig limits;
    private final ClientLimiter streams;
    private final Traces traces;

    BulkRoute(ChunkCommits commits, ObjectMapper mapper, Validator validator, LimitsConfig limits, Traces traces) {
        this.commits = commits;
        this.mapper = mapper;
        this.validator = validator;
        this.limits = limits;
        this.streams = new ClientLimiter(limits.streams(), limits.streamsOfOne());
        this.traces = traces;
    }

    void register(
            @Observes Router router,
            BoundedBodies bodies,
            @ConfigProperty(name = "streamviews.user.enabled") boolean enabled) {
        if (enabled) {
            bodies.exempt(PATH);
            router.post(PATH).order(BodyLimit.UNLIMITED).handler(this::accept);
        }
    }

    private void accept(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        if (!TYPES.contains(MediaTypes.sent(request))) {
            Problem.of(415, "The body must be " + NDJSON + ", one user in a line")
                    .answer(request);
            return;
        }
        if (!MediaTypes.accepts(request, NDJSON)) {
            Problem.of(406, "The answer is " + NDJSON).answer(request);
            return;
        }
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !GZIP.equalsIgnoreCase(encoding)) {
            Problem.of(415, "The body may be compressed by gzip, and by nothing else")
                    .answer(request);
            return;
        }
        try {
            admit(routing, IdempotencyKey.of(request.getHeader(IdempotencyKey.HEADER)));
        } catch (RefusedException refusal) {
            Problems.describe(refusal).answer(request);
        }
    }

    private void admit(RoutingContext routing, IdempotencyKey key) {
        HttpServerRequest request = routing.request();
        String client = request.remoteAddress().host();
        if (!streams.enter(client)) {
            Problem.of(
                            429,
                            "%d streams, or %d from your address, are read already; try again later"
                                    .formatted(limits.streams(), limits.streamsOfOne()))
                    .answer(request);
            return;
        }
        Context context = Vertx.currentContext();
        BulkWriter writer = commits.writer(key, task -> context.runOnContext(now -> task.run()));
        routing.addEndHandler(ended -> writer.whenAnswered(() -> streams.leave(client)));
        start(request, writer);
    }

    private void start(HttpServerRequest request, BulkWriter writer) {
        UserLine reader = new UserLine(mapper.readerFor(UserRequest.class), validator, traces.current());
        BulkAnswer answer = new BulkAnswer(request, mapper, limits.patience());
        boolean gzip = request.getHeader(HttpHeaders.CONTENT_ENCODING) != null;
        new BulkStream(request, answer, reader, writer, new BulkBody(gzip, limits.bodyTime())).start();
    }
}
