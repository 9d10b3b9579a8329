package io.streamviews.feed;

import static io.restassured.RestAssured.given;
import static io.streamviews.feed.Commands.createUser;
import static io.streamviews.feed.Commands.user;
import static io.streamviews.feed.FeedClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.feed.FeedClient.Event;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Feeds that share what is read for them, where so little of it is kept that they are behind again and again. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(SharedFeedTest.LittleKept.class)
class SharedFeedTest {

    private static final int READERS = 2;

    /** Four events or so. */
    public static final class LittleKept implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamviews.feed.ring-bytes",
                    "2K",
                    "streamviews.feed.catch-up-readers",
                    Integer.toString(READERS),
                    "streamviews.feed.heartbeat",
                    "1s");
        }
    }

    @Inject
    Pool pool;

    @Inject
    MeterRegistry meters;

    private final List<FeedClient> clients = new ArrayList<>();

    @BeforeEach
    void nobodyFollows() {
        await().atMost(PATIENCE)
                .until(() -> meters.get("streamviews.feed.open").gauge().value() == 0 && consumers() == 0);
    }

    @AfterEach
    void nobodyFollowsAnyMore() {
        clients.forEach(FeedClient::close);
    }

    @Test
    void whoFallsBehindIsToldEachChangeOnceAndInItsOrder() {
        IntStream.range(0, 5).forEach(i -> clients.add(FeedClient.follow("user_view/changes", null)));
        clients.forEach(FeedClient::awaitFirst);
        assertThat(consumers()).isBetween(1L, 1L + READERS);

        int changed = createUser("followed by many").path("id");
        Set<String> wanted =
                new HashSet<>(createUsers(Stream.generate(() -> "many").limit(400)));
        clients.add(FeedClient.follow("user_view/changes?from=earliest", null));
        List<String> versions = new ArrayList<>(List.of(changed + ":1"));
        for (int version = 2; version <= 30; version++) {
            given().contentType(ContentType.JSON)
                    .body(user("changed " + version))
                    .put("/api/users/{id}", changed);
            versions.add(changed + ":" + version);
        }
        clients.add(FeedClient.follow("user_view/changes?from=earliest", null));
        wanted.addAll(createUsers(Stream.generate(() -> "more").limit(400)));
        wanted.addAll(versions);

        for (FeedClient client : clients) {
            await().atMost(PATIENCE)
                    .until(() -> changes(client).collect(Collectors.toSet()).containsAll(wanted));
            assertThat(changes(client).filter(wanted::contains)).hasSameSizeAs(wanted);
            assertThat(changes(client).filter(versions::contains)).isEqualTo(versions);
        }
        assertThat(consumers()).isBetween(1L, 1L + READERS);
        assertThatWhoResumesIsToldTheRest(clients.get(0));
        assertThatWhoResumesIsToldTheRest(clients.get(6));
    }

    private void assertThatWhoResumesIsToldTheRest(FeedClient client) {
        List<Event> all = client.changes();
        int half = all.size() / 2;
        // other tests may have had an event published twice: then it is told twice
        List<String> rest =
                all.subList(half + 1, all.size()).stream().map(Event::change).toList();
        FeedClient back = FeedClient.follow("user_view/changes", all.get(half).id());
        clients.add(back);

        await().atMost(PATIENCE).until(() -> back.changes().size() >= rest.size());
        assertThat(changes(back)).containsExactlyInAnyOrderElementsOf(rest);
    }

    private static Stream<String> changes(FeedClient client) {
        return client.changes().stream().map(Event::change);
    }

    @Test
    void whoAppliesWhatADerivedViewTellsHasTheView() {
        try (FeedClient first = FeedClient.follow("department_stats/changes", null);
                FeedClient second = FeedClient.follow("department_stats/changes", null)) {
            first.awaitFirst();
            second.awaitFirst();
            createUsers(IntStream.range(0, 150).mapToObj(i -> "부서".repeat(40) + UUID.randomUUID()));
            IntStream.range(0, 10).forEach(i -> createUser("last of all"));

            for (FeedClient client : List.of(first, second)) {
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(applied(client)).isEqualTo(departments()));
                assertThat(client.events).extracting(Event::name).contains("change");
                assertThat(client.events.stream().filter(event -> event.name().equals("snapshot")))
                        .hasSizeGreaterThan(1);
            }
        }
    }

    private static Set<Object> applied(FeedClient client) {
        Set<Object> rows = new HashSet<>();
        for (Event event : client.events) {
            if (event.name().equals("snapshot")) {
                rows = new HashSet<>(event.data().getList("rows"));
            } else {
                assertThat(rows.removeAll(event.data().getList("removed"))
                                || !event.data().getList("added").isEmpty())
                        .isTrue();
                rows.addAll(event.data().getList("added"));
            }
        }
        return rows;
    }

    private Set<Object> departments() {
        return StreamSupport.stream(
                        pool.query("SELECT row_to_json(v)::text FROM views.department_stats AS v")
                                .executeAndAwait()
                                .spliterator(),
                        false)
                .map(row -> JsonPath.from(row.getString(0)).<Object>get())
                .collect(Collectors.toSet());
    }

    /** As one stream; returns the changes that they make. */
    private static List<String> createUsers(Stream<String> departments) {
        String users = departments
                .map(department ->
                        "{\"name\":\"n\",\"email\":\"n@example.com\",\"department\":\"%s\"}".formatted(department))
                .collect(Collectors.joining("\n"));
        String answer = given().contentType("application/x-ndjson")
                .body(users.getBytes(StandardCharsets.UTF_8))
                .post("/api/users/bulk")
                .asString();
        JsonPath summary =
                JsonPath.from(answer.lines().reduce((earlier, later) -> later).orElseThrow());
        assertThat(summary.getString("type")).as(answer).isEqualTo("Summary");
        return LongStream.rangeClosed(summary.getLong("firstId"), summary.getLong("lastId"))
                .mapToObj(id -> id + ":1")
                .toList();
    }

    /** Consumers without a group in this process. */
    private static long consumers() {
        try {
            return ManagementFactory.getPlatformMBeanServer()
                    .queryNames(new ObjectName("kafka.consumer:type=app-info,id=consumer-null-*"), null)
                    .size();
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(e);
        }
    }
}
