package io.streamviews.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TopicCreationTest {

    private static Admin admin;

    @BeforeAll
    static void connect() {
        admin = Admin.create(
                Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers()));
    }

    @AfterAll
    static void disconnect() {
        admin.close();
    }

    @Test
    void aTopicIsCreatedAsItsOwnerSays() throws Exception {
        creation("kept", 4).run();

        assertThat(partitions("kept-orders")).isEqualTo(4);
        assertThat(partitions("kept-payments")).isEqualTo(4);
        assertThat(setting("kept-orders", "cleanup.policy")).isEqualTo("compact");
        assertThat(setting("kept-payments", "cleanup.policy")).isEqualTo("delete");
    }

    @Test
    void topicsThatAreThereAreLeftAsTheyAre() throws Exception {
        admin.createTopics(List.of(new NewTopic("there-orders", 2, (short) 1)))
                .all()
                .get();

        creation("there", 2).run();
        creation("there", 2).run();

        assertThat(setting("there-orders", "cleanup.policy")).isEqualTo("delete");
        assertThat(partitions("there-payments")).isEqualTo(2);
    }

    @Test
    void anotherNumberOfPartitionsIsRefusedWithWhatToDo() throws Exception {
        admin.createTopics(List.of(new NewTopic("other-payments", 3, (short) 1)))
                .all()
                .get();

        assertThatThrownBy(() -> creation("other", 6).run())
                .isInstanceOf(TopicMismatchException.class)
                .hasMessage("Topic other-payments: expected 6 partitions, found 3."
                        + " Set streamviews.topics.partitions=3, or name another topic.");
    }

    @Test
    void aTopicThatMustNotBeCreatedIsWaitedForAndNamed() throws Exception {
        List<OwnTopic> orders = List.of(new Topic("awaited-orders", Map.of()));
        Topics topics = new Topics(orders, new Counts(2, false), admin, true, false);
        CompletableFuture<Void> ensured = topics.ensure().subscribeAsCompletionStage();

        await().until(() -> topics.trouble().isPresent());
        assertThat(topics.trouble()).hasValueSatisfying(trouble -> assertThat(trouble)
                .endsWith("Topic awaited-orders is not there, and streamviews.topics.create is false:"
                        + " create it, with 2 partitions"));
        assertThat(admin.listTopics().names().get()).doesNotContain("awaited-orders");
        assertThat(ensured).isNotDone();

        ReadyTopics.create(admin, List.of(new NewTopic("awaited-orders", 2, (short) 1)));

        assertThat(ensured).succeedsWithin(Duration.ofSeconds(30));
        assertThat(topics.trouble()).isEmpty();
    }

    @Test
    void alsoOneThatOthersHaveCreatedMustHaveAsManyPartitions() throws Exception {
        admin.createTopics(List.of(new NewTopic("others-orders", 3, (short) 1)))
                .all()
                .get();
        List<OwnTopic> orders = List.of(new Topic("others-orders", Map.of()));
        Topics topics = new Topics(orders, new Counts(2, false), admin, true, false);

        assertThat(topics.ensure().subscribeAsCompletionStage())
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(TopicMismatchException.class);
    }

    private static int partitions(String topic) throws ExecutionException, InterruptedException {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .size();
    }

    private static String setting(String topic, String name) throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(name)
                .value();
    }

    private static TopicCreation creation(String prefix, int partitions) {
        return new TopicCreation(
                admin,
                new Counts(partitions, true),
                List.of(
                        new Topic(prefix + "-orders", Map.of("cleanup.policy", "compact")),
                        new Topic(prefix + "-payments", Map.of())));
    }

    private record Topic(String topic, Map<String, String> settings) implements OwnTopic {}

    private record Counts(int partitions, boolean create) implements TopicsConfig {

        @Override
        public OptionalInt replicationFactor() {
            return OptionalInt.of(1);
        }
    }
}
