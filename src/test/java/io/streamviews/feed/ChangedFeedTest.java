package io.streamviews.feed;

import static io.streamviews.feed.Commands.createUser;
import static io.streamviews.feed.FeedClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.generation.Views;
import io.streamviews.view.ErasedRows;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What those are told whose view, or its topic, becomes another one while they follow it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(FeedLimitTest.FewAndImpatient.class)
class ChangedFeedTest {

    private static final String GROWING =
            """
            CREATE TABLE growing (id bigint PRIMARY KEY);
            CALL source('growing', topic => '%s', version => '/version')
            """;

    @Inject
    Pool pool;

    @Inject
    Admin admin;

    @Inject
    Views views;

    @Inject
    Tails tails;

    @Inject
    CommitCounter commits;

    @Inject
    FeedConfig config;

    @Inject
    MeterRegistry meters;

    @BeforeEach
    void nobodyFollows() {
        await().atMost(PATIENCE)
                .until(() -> meters.get("streamviews.feed.open").gauge().value() == 0);
    }

    @Test
    void whoFollowsAViewThatIsDeclaredOtherwiseComesBackToWhatItIsThen() {
        try (FeedClient client = FeedClient.follow("user_view/changes", null)) {
            String lastId = client.awaitFirst().id();
            declare("ALTER TABLE user_view ADD COLUMN nickname text");

            assertThat(client.awaitEvent(event -> event.name().equals("end"))
                            .data()
                            .getString("reason"))
                    .contains("not what it was", "resume from the last event's id");
            try (FeedClient back = FeedClient.follow("user_view/changes", lastId)) {
                int id = createUser("after that").path("id");
                await().atMost(PATIENCE).until(() -> back.changesOf(id).equals(List.of("put 1")));
                assertThat(back.changes().get(0).data().getMap("row")).containsKey("nickname");
            }
        } finally {
            declare("ALTER TABLE user_view DROP COLUMN nickname");
        }
    }

    @Test
    void whoFollowsATopicThatIsGivenPartitionsIsToldAllThatComesToThem() throws Exception {
        String topic = "grows-" + UUID.randomUUID();
        ReadyTopics.create(admin, List.of(new NewTopic(topic, Optional.of(1), Optional.of((short) 1))));
        declare(GROWING.formatted(topic));
        try (FeedClient former = FeedClient.follow("growing/changes", null)) {
            String lastId = former.awaitFirst().id();
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2)))
                    .all()
                    .get();
            send(new ProducerRecord<>(topic, 1, "1", "{\"id\":1,\"version\":1}"));

            try (FeedClient next = FeedClient.follow("growing/changes?from=earliest", null)) {
                former.awaitEvent(event -> event.name().equals("end"));
                await().atMost(PATIENCE).until(() -> next.changesOf(1).equals(List.of("put 1")));
                assertThat(next.events).extracting(FeedClient.Event::name).containsExactly("start", "change");
            }
            try (FeedClient back = FeedClient.follow("growing/changes", lastId)) {
                await().atMost(PATIENCE).until(() -> back.changesOf(1).equals(List.of("put 1")));
            }
            declare("UPDATE view_source SET topic = 'user-events' WHERE view = 'growing'");
            try (FeedClient back = FeedClient.follow("growing/changes", lastId)) {
                assertThat(back.awaitFirst().name())
                        .as("it has been in another topic")
                        .isEqualTo("reset");
            }
        } finally {
            declare("DELETE FROM view_source WHERE view = 'growing'; DROP TABLE growing CASCADE");
        }
    }

    /** The second of two people who go one after the other, while the rows are read that are without the first. */
    @Test
    void whoGoesWhileADerivedViewIsReadIsNotToldOfAnyMore() {
        String both = "{\"name\":\"A and B\"}";
        String one = "{\"name\":\"B\"}";
        List<Map<String, Integer>> turns = List.of(Map.of(both, 1), Map.of(both, 1), Map.of(one, 1), Map.of());
        AtomicInteger turn = new AtomicInteger();
        AtomicLong gone = new AtomicLong();
        Committed leaving = new Committed(pool, commits, null) {
            @Override
            ErasedRows.Known erased() {
                if (turn.get() == 2) {
                    gone.compareAndSet(0, 1);
                }
                return new ErasedRows.Known(gone.get(), Set.of(), Set.of());
            }

            @Override
            Map<String, Integer> rows(String name, FeedConfig limits) {
                int now = turn.getAndIncrement();
                if (now == 2) {
                    gone.set(2);
                }
                return turns.get(Math.min(now, turns.size() - 1));
            }
        };
        ViewTail tail = new ViewTail("people", leaving, commits, config);
        String known = ViewState.of("people", turns.get(2)).id();

        tail.start(tails);
        await().atMost(PATIENCE).until(() -> turn.get() > turns.size() + 1);
        tail.stop();

        assertThat(tail.ring().after(told -> told.id().equals(known))).isNegative();
    }

    private static void send(ProducerRecord<String, String> event) throws InterruptedException, ExecutionException {
        Map<String, Object> kafka =
                Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers());
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer())) {
            producer.send(event).get();
        }
    }

    /** In the live generation, as after an exchange. */
    private void declare(String sql) {
        pool.query("BEGIN; SET LOCAL search_path = views; " + sql + "; COMMIT").executeAndAwait();
        views.reload().await().indefinitely();
    }
}
