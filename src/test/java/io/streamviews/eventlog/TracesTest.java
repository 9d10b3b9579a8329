package io.streamviews.eventlog;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PublishedRecords;
import io.streamviews.relay.RelayReadinessTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** A request's trace goes through event log and topic to the batch that wrote its row; where traces are on. */
@QuarkusTest
@TestProfile(RelayReadinessTest.SoonStuck.class)
@QuarkusTestResource(EmbeddedServersResource.class)
public class TracesTest {

    /** What {@link RelayReadinessTest}'s application has, too, so that it need not be another one. */
    public static final Map<String, String> ON = Map.of(
            "quarkus.otel.sdk.disabled", "false",
            "quarkus.otel.bsp.schedule.delay", "100ms",
            "streamviews.relay.cloud-events", "true");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Pool pool;

    @Test
    void leadFromARequestToTheBatchThatWroteItsRow() {
        String trace = newTrace();

        int id = create(traced(trace, "01"));

        SpanData request = awaitSpan(trace, SpanKind.SERVER);
        SpanData publication = awaitSpan(trace, SpanKind.PRODUCER);
        SpanData batch = awaitBatchLinkedTo(publication);
        assertThat(publication.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(logged(id, 1)).contains(trace).contains(request.getSpanId());
        assertThat(batch.getEndEpochNanos()).isGreaterThan(publication.getStartEpochNanos());
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            ConsumerRecord<String, String> record = awaitRecords(topic, id, 1).get(0);
            assertThat(header(record, "traceparent"))
                    .isEqualTo("00-%s-%s-01".formatted(trace, publication.getSpanId()));
        }
    }

    @Test
    void areEachCommandsOwnWhoeverIsInItsTransaction() {
        List<String> traces = IntStream.range(0, 30).mapToObj(i -> newTrace()).toList();

        List<CompletableFuture<Integer>> created = traces.stream()
                .map(trace -> CompletableFuture.supplyAsync(() -> create(traced(trace, "01"))))
                .toList();

        List<Integer> ids = created.stream().map(CompletableFuture::join).toList();
        for (int i = 0; i < ids.size(); i++) {
            assertThat(logged(ids.get(i), 1)).contains(traces.get(i));
            awaitBatchLinkedTo(awaitSpan(traces.get(i), SpanKind.PRODUCER));
        }
    }

    @Test
    void goWithChangesAndStreams() {
        int id = create(given());
        String change = newTrace();
        String stream = newTrace();

        traced(change, "01")
                .contentType(ContentType.JSON)
                .body(user("changed"))
                .put("/api/users/{id}", id)
                .then()
                .statusCode(200);
        traced(stream, "01")
                .contentType("application/x-ndjson")
                .body("{\"name\":\"a\",\"email\":\"a@example.com\"}\n".getBytes(UTF_8))
                .post("/api/users/bulk")
                .then()
                .statusCode(200);

        assertThat(logged(id, 2)).contains(change);
        awaitBatchLinkedTo(awaitSpan(change, SpanKind.PRODUCER));
        awaitBatchLinkedTo(awaitSpan(stream, SpanKind.PRODUCER));
    }

    @Test
    void areNotKeptIfTheRequestSaysSo() {
        int id = create(traced(newTrace(), "00"));

        assertThat(logged(id, 1)).isNull();
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            assertThat(awaitRecords(topic, id, 1).get(0).headers().lastHeader("traceparent"))
                    .isNull();
        }
    }

    @Test
    void recordsAreCloudEventsOnRequestAndTheirValuesStayAsTheyAre() {
        int id = create(given());

        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            ConsumerRecord<String, String> record = awaitRecords(topic, id, 1).get(0);
            assertThat(header(record, "ce_specversion")).isEqualTo("1.0");
            assertThat(header(record, "ce_id")).isEqualTo(id + ":1");
            assertThat(header(record, "ce_source")).isEqualTo("/api/users");
            assertThat(header(record, "ce_type")).isEqualTo("USER_CREATED");
            assertThat(header(record, "ce_subject")).isEqualTo(String.valueOf(id));
            assertThat(header(record, "ce_time")).matches("2\\d{3}-.*Z");
            assertThat(header(record, "content-type")).isEqualTo("application/json");
            assertThat("[" + record.value() + "]")
                    .isEqualTo(given().get("/api/users/{id}/events", id).asString());
        }
    }

    @Test
    void doNotKeepTheGateFromAnsweringWhatIsNoRequest() throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write("GET /%zz|\\ HTTP/7.0\r\n\r\n".getBytes(UTF_8));

            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("application/problem+json");
        }
    }

    private static String newTrace() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static RequestSpecification traced(String trace, String flags) {
        return given().header("traceparent", "00-%s-00f067aa0ba902b7-%s".formatted(trace, flags));
    }

    private static Map<String, String> user(String name) {
        return Map.of("name", name, "email", "traced@example.com");
    }

    private static int create(RequestSpecification request) {
        return request.contentType(ContentType.JSON)
                .body(user("traced"))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    private String logged(int id, int version) {
        return pool.preparedQuery(
                        """
                        SELECT traceparent FROM public.event_log
                        WHERE aggregate_type = 'user' AND aggregate_id = $1 AND version = $2
                        """)
                .executeAndAwait(Tuple.of((long) id, (long) version))
                .iterator()
                .next()
                .getString(0);
    }

    private static SpanData awaitSpan(String trace, SpanKind kind) {
        return await().atMost(PATIENCE)
                .until(
                        () -> KeptSpans.all()
                                .filter(span -> span.getTraceId().equals(trace) && span.getKind() == kind)
                                .toList(),
                        found -> !found.isEmpty())
                .get(0);
    }

    private static SpanData awaitBatchLinkedTo(SpanData publication) {
        return await().atMost(PATIENCE)
                .until(
                        () -> KeptSpans.named("write views")
                                .filter(span -> span.getLinks().stream()
                                        .map(LinkData::getSpanContext)
                                        .anyMatch(link -> link.getTraceId().equals(publication.getTraceId())
                                                && link.getSpanId().equals(publication.getSpanId())))
                                .toList(),
                        found -> !found.isEmpty())
                .get(0);
    }

    private static List<ConsumerRecord<String, String>> awaitRecords(PublishedRecords topic, int id, int count) {
        return await().atMost(PATIENCE)
                .until(() -> topic.withKey(String.valueOf(id)), records -> records.size() == count);
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }
}
