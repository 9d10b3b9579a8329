package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Partitions;
import io.streamviews.projection.generation.Generation;
import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.projection.generation.TestGenerations;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Kafka loses, or takes back, is named; everything else is in the views. */
class LogLossTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private final Map<Long, RecordMetadata> orders = new HashMap<>();
    private Generation generation;
    private OrderRecords records;
    private LogLines log;
    private Admin admin;
    private FaultyTopic topic;
    private KafkaProducer<byte[], byte[]> producer;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        records = new OrderRecords(generation.orders(), 0);
        log = LogLines.listen();
        admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()));
        topic = new FaultyTopic(admin, records.topic(), Generation.PARTITIONS);
        producer = producer(Map.of());
    }

    @AfterEach
    void close() {
        log.close();
        producer.close();
        admin.close();
        generation.close();
    }

    @Test
    void whatRetentionRemovesBeforeItIsReadIsRecordedAndNothingElseIsMissing() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation);
                OpenTransaction lock = generation.transaction()) {
            create(1, 100);
            awaitOrders(100);
            lock.run("LOCK TABLE %s.order_view IN SHARE MODE");
            create(101, 30_000);
            topic.removeBefore(9_000);
            lock.rollback();

            create(30_001, 30_010);

            awaitAllButLost();
            assertThat(gaps("RETENTION")).isNotEmpty();
            assertThat(log.at(Level.SEVERE)).hasSameSizeAs(gaps("RETENTION"));
        }
    }

    @Test
    void aTopicThatIsMadeAnewWhileItIsReadIsReadFromItsBeginning() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation);
                ProgressWatch watch = instance.watch(admin)) {
            create(1, 300);
            erase(7);
            awaitOrders(299);

            recreateTopic();
            create(301, 1_200);
            create(7, 7);

            awaitOrders(1_200);
            awaitLevel();
            assertThat(gaps("RECREATED")).isNotEmpty();
        }
    }

    @Test
    void aTopicThatWasMadeAnewWhileNobodyReadItIsReadFromItsBeginning() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 300);
            erase(7);
            awaitOrders(299);
        }
        recreateTopic();
        create(301, 1_200);
        create(7, 7);

        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitOrders(1_200);
            awaitLevel();
        }
        assertThat(gaps("RECREATED")).hasSize(Generation.PARTITIONS);
    }

    @Test
    void ofALogThatHasLostItsEndWhatFollowsIsReadAlsoIfItIsLongerAgain() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 3_000);
            awaitOrders(3_000);
        }
        loseTheEnd();
        create(3_001, 9_000);

        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitOrders(9_000);
            awaitLevel();
        }
        assertThat(gaps("TRUNCATED")).hasSize(Generation.PARTITIONS);
    }

    @Test
    void aGenerationThatWasFilledAsideKnowsItsLeaders() throws Exception {
        create(1, 3_000);
        try (GenerationBuild build = TestGenerations.build(generation)) {
            int partitions = topic.partitions().size();
            build.open(new LogOffsets(admin), Partitions.all(generation.counts(partitions)));
            build.fill(topic.ends());
        }
        loseTheEnd();
        create(3_001, 9_000);

        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitOrders(9_000);
            awaitLevel();
        }
        assertThat(gaps("TRUNCATED")).hasSize(Generation.PARTITIONS);
    }

    @Test
    void whatRetentionRemovesWhileNothingIsReadIsSaidAtOnce() throws Exception {
        // from the beginning: who reads already may have everything in memory, and lose nothing
        generation.query("INSERT INTO %s.projection_pause DEFAULT VALUES");
        Map<String, String> oneThread = Map.of(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "1");
        try (ProjectionInstance instance = ProjectionInstance.start(generation, generation.pool, oneThread);
                ProgressWatch watch = instance.watch(admin)) {
            await("Taken over").atMost(PATIENCE).until(() -> positions().size() == Generation.PARTITIONS);
            create(1, 3_000);
            topic.removeBefore(200);

            await("Said").atMost(PATIENCE).until(() -> watch.overtaken() > 0);

            assertThat(log.at(Level.WARNING)).anyMatch(line -> line.contains("Kafka has removed events"));
            assertThat(gaps("RETENTION")).isEmpty();
            generation.query("DELETE FROM %s.projection_pause");
            awaitAllButLost();
            assertThat(gaps("RETENTION")).hasSize(Generation.PARTITIONS);
            await("No longer").atMost(PATIENCE).until(() -> watch.overtaken() == 0);
        }
    }

    @Test
    void ofALogThatLosesItsEndWhileItIsReadWhatFollowsIsRead() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 3_000);
            awaitOrders(3_000);
            loseTheEnd();
            create(3_001, 3_300);

            awaitOrders(3_300);
            awaitLevel();
        }
        assertThat(gaps("TRUNCATED")).hasSize(Generation.PARTITIONS);
    }

    @Test
    void whatATransactionTookBackIsNoEventAndItsMarkersAreNoLag() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation);
                KafkaProducer<byte[], byte[]> transactional =
                        producer(Map.of("transactional.id", generation.schema, "transaction.timeout.ms", "60000"))) {
            transactional.initTransactions();
            transactional.beginTransaction();
            send(transactional, 1, 50);
            transactional.commitTransaction();
            transactional.beginTransaction();
            send(transactional, 51, 100);
            transactional.flush();
            transactional.abortTransaction();
            awaitOrders(50);
            awaitLevel();

            transactional.beginTransaction();
            send(transactional, 101, 150);
            transactional.commitTransaction();

            awaitOrders(100);
            awaitLevel();
            assertThat(generation.value("SELECT count(*) FROM %s.order_view WHERE order_id BETWEEN 51 AND 100"))
                    .isEqualTo(0L);
        }
    }

    /** Orders by their events' places. */
    private void create(long from, long to) throws Exception {
        Map<Long, Future<RecordMetadata>> sent = send(producer, from, to);
        for (Map.Entry<Long, Future<RecordMetadata>> order : sent.entrySet()) {
            orders.put(order.getKey(), order.getValue().get());
        }
    }

    private Map<Long, Future<RecordMetadata>> send(KafkaProducer<byte[], byte[]> with, long from, long to) {
        Map<Long, Future<RecordMetadata>> sent = new HashMap<>();
        for (long id = from; id <= to; id++) {
            TopicRecord record = records.created(0, id, "a");
            sent.put(id, with.send(new ProducerRecord<>(record.topic(), record.key(), record.value())));
        }
        with.flush();
        return sent;
    }

    private void erase(long id) throws Exception {
        TopicRecord record = records.created(0, id, "a");
        producer.send(new ProducerRecord<>(record.topic(), record.key(), null)).get();
    }

    private void recreateTopic() throws Exception {
        producer.close();
        topic.recreate(generation::createTopics);
        producer = producer(Map.of());
    }

    private void loseTheEnd() throws Exception {
        producer.close();
        topic.loseTheEnd();
        producer = producer(Map.of());
    }

    private void awaitOrders(long count) {
        await("Orders").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        generation.value("SELECT count(*) FROM %s.order_view"))
                .isEqualTo(count));
        assertThat(generation.derivedViewErrors()).isZero();
    }

    /** Waits until the positions are at the ends. */
    private void awaitLevel() {
        await("Level")
                .atMost(PATIENCE)
                .ignoreException(UnknownTopicOrPartitionException.class)
                .untilAsserted(() -> assertThat(positions()).isEqualTo(topic.ends()));
    }

    private Map<TopicPartition, Long> positions() {
        return generation
                .query("SELECT topic, partition, next_offset FROM %s.projection_position WHERE topic LIKE '%-orders'")
                .stream()
                .collect(Collectors.toMap(
                        row -> new TopicPartition(row.getString(0), row.getInteger(1)), row -> row.getLong(2)));
    }

    /** Orders are missing if, and only if, their events stand in a gap. */
    private void awaitAllButLost() {
        awaitLevel();
        List<Lost> lost = gaps("RETENTION");
        Set<Long> expected = new TreeSet<>(orders.keySet());
        expected.removeIf(id -> lost.stream().anyMatch(gap -> gap.covers(orders.get(id))));
        Set<Long> found = generation.query("SELECT order_id FROM %s.order_view").stream()
                .map(row -> row.getLong(0))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).isEqualTo(expected);
        assertThat(generation.derivedViewErrors()).isZero();
    }

    private List<Lost> gaps(String reason) {
        return Lost.in(generation, reason);
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", SERVERS.getBootstrapServers());
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
