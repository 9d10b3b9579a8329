package io.streamviews.admin;

import io.smallrye.common.annotation.Identifier;
import io.streamviews.rest.ClientLimiter;
import io.streamviews.rest.LimitsConfig;
import io.streamviews.rest.MediaTypes;
import io.streamviews.rest.Problem;
import io.streamviews.rest.Problems;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.UnreadAnswer;
import io.streamviews.view.ErasedRows;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * {@code GET /api/admin/topics/{topic}/records}: the records from a place on, up to the end as it is when the request
 * comes; one in a line, as JSON or, for {@code Accept: text/plain}, for people. A route of Vert.x: one batch of records at
 * a time is read, written to the socket, and only then followed by the next.
 */
@ApplicationScoped
class RecordsRoute {

    private static final String NDJSON = "application/x-ndjson";
    private static final String TEXT = "text/plain";

    private final TopicExtents extents;
    private final Map<String, Object> kafka;
    private final boolean enabled;
    private final LimitsConfig limits;
    private final ErasedRows erased;
    private final ClientLimiter readers;

    RecordsRoute(
            TopicExtents extents,
            ErasedRows erased,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            LimitsConfig limits,
            @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.extents = extents;
        this.erased = erased;
        this.kafka = kafka;
        this.limits = limits;
        this.readers = new ClientLimiter(limits.recordReaders(), limits.recordReadersOfOne());
        this.enabled = enabled;
    }

    void register(@Observes Router router) {
        if (enabled) {
            router.get("/api/admin/topics/:topic/records").handler(this::accept);
        }
    }

    private void accept(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        Context context = Vertx.currentContext();
        String topic = routing.pathParam("topic");
        if (!MediaTypes.accepts(request, NDJSON) && !MediaTypes.accepts(request, TEXT)) {
            Problem.of(406, "The answer is %s or %s".formatted(NDJSON, TEXT)).answer(request);
            return;
        }
        try {
            extents.of(topic, request.getParam("from"), request.getParam("partition"))
                    .subscribe()
                    .with(
                            found -> context.runOnContext(now -> read(request, topic, found)),
                            failure -> context.runOnContext(
                                    now -> Problems.describe(failure).answer(request)));
        } catch (RefusedException refusal) {
            Problems.describe(refusal).answer(request);
        }
    }

    private void read(HttpServerRequest request, String topic, List<TopicExtents.Extent> extents) {
        if (request.response().closed()) {
            return;
        }
        String client = request.remoteAddress().host();
        if (!readers.enter(client)) {
            Problem.of(
                            429,
                            "%d clients, or %d from your address, read records already; try again later"
                                    .formatted(limits.recordReaders(), limits.recordReadersOfOne()))
                    .answer(request);
            return;
        }
        String accepted = request.getHeader(HttpHeaders.ACCEPT);
        boolean text = !MediaTypes.accepts(request, NDJSON) || accepted != null && accepted.contains(TEXT);
        request.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, text ? TEXT + "; charset=utf-8" : NDJSON);
        UnreadAnswer unread = new UnreadAnswer(request, limits.patience());
        new RecordReading(
                        new RecordsClient(request, unread, () -> readers.leave(client)),
                        topic,
                        extents,
                        kafka,
                        record -> isErased(record) ? null : text ? RecordLine.text(record) : RecordLine.json(record))
                .start();
    }

    /** Told no more, though the topic is not compacted yet. */
    private boolean isErased(ConsumerRecord<byte[], byte[]> record) {
        return record.value() != null && erased.known().hasRecord(record.topic(), record.key());
    }
}
