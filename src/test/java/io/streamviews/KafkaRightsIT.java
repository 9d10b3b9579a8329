package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.dev.AuthorizingBroker;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code docker/kafka/acls.sh} allows is enough, and all of it is needed: what is missing is named. */
class KafkaRightsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String USERS = "user-service";
    private static final String POSTS = "post-service";
    private static final String NAME = "kafka_rights_" + ProcessHandle.current().pid();
    private static final String ENGINE = NAME + "_engine";

    @TempDir
    private Path directory;

    private AuthorizingBroker broker;

    @BeforeEach
    void startBroker() {
        broker = new AuthorizingBroker(directory, List.of(USERS, POSTS));
        Roles.createDatabase(NAME);
    }

    @AfterEach
    void stopBroker() {
        broker.close();
        Roles.execute("postgres", "postgres", "DROP DATABASE %s WITH (FORCE)".formatted(NAME));
    }

    @Test
    void forAllThatBothServicesDo() throws Exception {
        broker.allow(AuthorizingBroker.script());
        try (PackagedProcess users = start("user", USERS, "rights");
                PackagedProcess posts = start("post", POSTS, "rights")) {
            users.awaitReady();
            posts.awaitReady();

            new Everything(users, posts, "user-events").works();
        }
    }

    /** Within seconds, in the answer about readiness and in the log, by whoever lacks it. */
    @ParameterizedTest
    @CsvSource({
        "user-service, user-events, CREATE",
        "user-service, user-events, WRITE",
        "post-service, user-events, READ",
        "post-service, post-service-streams, READ"
    })
    void whatIsMissingIsNamed(String service, String resource, AclOperation operation) throws Exception {
        List<AclBinding> rights = new ArrayList<>(AuthorizingBroker.script());
        assertThat(rights.removeIf(right -> right.entry().principal().equals("User:" + service)
                        && right.pattern().name().equals(resource)
                        && right.entry().operation() == operation))
                .isTrue();
        broker.allow(rights);
        try (PackagedProcess users = start("user", USERS, "without");
                PackagedProcess posts = service.equals(POSTS) ? start("post", POSTS, "without") : null) {
            users.send("POST", "/api/users", "{\"name\":\"n\",\"email\":\"e@example.com\"}");
            PackagedProcess lacking = posts == null ? users : posts;

            await().atMost(PATIENCE).untilAsserted(() -> {
                HttpResponse<String> ready = lacking.get("/q/health/ready");
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body()).contains("Not authorized", resource);
                assertThat(lacking.log()).contains("Not authorized", resource);
            });
        }
    }

    /** As the README says of the profile. */
    @Test
    void toReadItsTopicsAndInItsGroupIsAllThatTheEngineAloneNeeds(@TempDir Path views) throws Exception {
        broker.allow(List.of(mayRead(ResourceType.TOPIC, "orders"), mayRead(ResourceType.GROUP, "streamviews")));
        broker.publish("orders", "17", "{\"pieces\":3}");
        Files.writeString(
                views.resolve("orders.sql"),
                """
                CREATE TABLE order_view (order_id text PRIMARY KEY, pieces integer);
                CALL source('order_view', topic => 'orders', columns => '{"order_id": "key"}');
                """);
        Roles.createDatabaseOfEngine(ENGINE);
        try (PackagedProcess engine = start(
                "projection",
                POSTS,
                "engine",
                Map.of("streamviews.database.name", ENGINE, "streamviews.views.location", views.toString()))) {
            engine.awaitReady();
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                            engine.get("/api/views/order_view/17").body())
                    .contains("\"pieces\":3"));
            assertThat(engine.get("/api/admin/topics/orders/records").body()).contains("pieces");
            for (String work : List.of("rebuilds", "verifications")) {
                engine.send("POST", "/api/admin/" + work, "{\"depth\":\"deep\"}");
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                                engine.get("/api/admin/" + work + "/1").body())
                        .contains("\"state\":\"DONE\""));
            }
        } finally {
            Roles.execute("postgres", "postgres", "DROP DATABASE %s WITH (FORCE)".formatted(ENGINE));
        }
    }

    private static AclBinding mayRead(ResourceType type, String name) {
        return new AclBinding(
                new ResourcePattern(type, name, PatternType.LITERAL),
                new AccessControlEntry("User:" + POSTS, "*", AclOperation.READ, AclPermissionType.ALLOW));
    }

    private PackagedProcess start(String profile, String service, String test) {
        return start(profile, service, test, Map.of());
    }

    private PackagedProcess start(String profile, String service, String test, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(broker.settings(service));
        settings.put("quarkus.profile", profile);
        settings.put("streamviews.database.name", NAME);
        settings.put("streamviews.relay.stuck-after", "3s");
        settings.put("streamviews.projection.stuck-after", "3s");
        settings.putAll(more);
        return PackagedProcess.start("kafka-%s-%s".formatted(test, profile), settings);
    }
}
