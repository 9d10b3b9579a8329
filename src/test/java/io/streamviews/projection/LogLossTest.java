package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Kafka loses, or takes back, is named; everything else is in the views. */
class LogLossTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private final Map<Long, RecordMetadata> users = new HashMap<>();
    private Generation generation;
    private UserRecords records;
    private LogLines log;
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        records = new UserRecords(generation.topics.userEvents(), 0);
        log = LogLines.listen();
        admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()));
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
                OpenTransaction lock = OpenTransaction.on(generation)) {
            create(1, 100);
            awaitUsers(100);
            lock.run("LOCK TABLE %s.user_view IN SHARE MODE");
            create(101, 30_000);
            removeBefore(9_000);
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
                ProgressWatch watch = instance.watch(admin, generation.topics.partitions())) {
            create(1, 300);
            erase(7);
            awaitUsers(299);

            recreate();
            create(301, 1_200);
            create(7, 7);

            awaitUsers(1_200);
            awaitLevel();
            assertThat(gaps("RECREATED")).isNotEmpty();
        }
    }

    @Test
    void aTopicThatWasMadeAnewWhileNobodyReadItIsReadFromItsBeginning() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 300);
            erase(7);
            awaitUsers(299);
        }
        recreate();
        create(301, 1_200);
        create(7, 7);

        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitUsers(1_200);
            awaitLevel();
        }
        assertThat(gaps("RECREATED")).hasSize(generation.topics.partitions());
    }

    @Test
    void ofALogThatHasLostItsEndWhatFollowsIsReadAlsoIfItIsLongerAgain() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 3_000);
            awaitUsers(3_000);
        }
        loseTheEnd();
        create(3_001, 9_000);

        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            awaitUsers(9_000);
            awaitLevel();
        }
        assertThat(gaps("TRUNCATED")).hasSize(generation.topics.partitions());
    }

    @Test
    void ofALogThatLosesItsEndWhileItIsReadWhatFollowsIsRead() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            create(1, 3_000);
            awaitUsers(3_000);
            loseTheEnd();
            create(3_001, 3_300);

            awaitUsers(3_300);
            awaitLevel();
        }
        assertThat(gaps("TRUNCATED")).hasSize(generation.topics.partitions());
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
            awaitUsers(50);
            awaitLevel();

            transactional.beginTransaction();
            send(transactional, 101, 150);
            transactional.commitTransaction();

            awaitUsers(100);
            awaitLevel();
            assertThat(generation.value("SELECT count(*) FROM %s.user_view WHERE user_id BETWEEN 51 AND 100"))
                    .isEqualTo(0L);
        }
    }

    /** Users by their events' places. */
    private void create(long from, long to) throws Exception {
        Map<Long, Future<RecordMetadata>> sent = send(producer, from, to);
        for (Map.Entry<Long, Future<RecordMetadata>> user : sent.entrySet()) {
            users.put(user.getKey(), user.getValue().get());
        }
    }

    private Map<Long, Future<RecordMetadata>> send(KafkaProducer<byte[], byte[]> with, long from, long to) {
        Map<Long, Future<RecordMetadata>> sent = new HashMap<>();
        for (long id = from; id <= to; id++) {
            SourceRecord record = records.created(0, id, "a");
            sent.put(id, with.send(new ProducerRecord<>(record.topic(), record.key(), record.value())));
        }
        with.flush();
        return sent;
    }

    private void erase(long id) throws Exception {
        SourceRecord record = records.created(0, id, "a");
        producer.send(new ProducerRecord<>(record.topic(), record.key(), null)).get();
    }

    private void removeBefore(long offset) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, records.topic());
        ConfigEntry retention = new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete");
        admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(retention, AlterConfigOp.OpType.SET))))
                .all()
                .get();
        admin.deleteRecords(partitions().stream()
                        .collect(Collectors.toMap(
                                partition -> partition, partition -> RecordsToDelete.beforeOffset(offset))))
                .all()
                .get();
    }

    private void recreate() throws Exception {
        String topic = generation.topics.userEvents();
        producer.close();
        admin.deleteTopics(List.of(topic)).all().get();
        await("Deletion")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> !admin.listTopics().names().get().contains(topic));
        generation.createTopics();
        producer = producer(Map.of());
    }

    /** A broker comes back without the end of what it had acknowledged, as after an unclean election. */
    private void loseTheEnd() throws IOException {
        producer.close();
        SERVERS.stopBroker();
        Path data = Path.of(
                "target", "test-servers", Long.toString(ProcessHandle.current().pid()), "kafka");
        Files.deleteIfExists(data.resolve(".kafka_cleanshutdown"));
        Files.delete(data.resolve("recovery-point-offset-checkpoint"));
        for (TopicPartition partition : partitions()) {
            Path log = data.resolve(partition.toString()).resolve("00000000000000000000.log");
            try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
        }
        SERVERS.startBroker();
        producer = producer(Map.of());
    }

    private List<TopicPartition> partitions() {
        return LongStream.range(0, generation.topics.partitions())
                .mapToObj(number -> new TopicPartition(records.topic(), (int) number))
                .toList();
    }

    private void awaitUsers(long count) {
        await("Users").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        generation.value("SELECT count(*) FROM %s.user_view"))
                .isEqualTo(count));
        assertThat(generation.derivedViewErrors()).isZero();
    }

    /** Waits until the positions are at the ends. */
    private void awaitLevel() {
        LogOffsets offsets = new LogOffsets(admin);
        await("Level")
                .atMost(PATIENCE)
                .ignoreException(UnknownTopicOrPartitionException.class)
                .untilAsserted(() -> assertThat(positions()).isEqualTo(offsets.ends(partitions())));
    }

    private Map<TopicPartition, Long> positions() {
        return generation
                .query(
                        "SELECT topic, partition, next_offset FROM %s.projection_position WHERE topic LIKE '%-user-events'")
                .stream()
                .collect(Collectors.toMap(
                        row -> new TopicPartition(row.getString(0), row.getInteger(1)), row -> row.getLong(2)));
    }

    /** Users are missing if, and only if, their events stand in a gap. */
    private void awaitAllButLost() {
        awaitLevel();
        List<Lost> lost = gaps("RETENTION");
        Set<Long> expected = new TreeSet<>();
        users.forEach((id, place) -> {
            if (lost.stream().noneMatch(gap -> gap.covers(place))) {
                expected.add(id);
            }
        });
        Set<Long> found = generation.query("SELECT user_id FROM %s.user_view").stream()
                .map(row -> row.getLong(0))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).isEqualTo(expected);
        assertThat(generation.derivedViewErrors()).isZero();
    }

    private List<Lost> gaps(String reason) {
        return generation
                .query("SELECT partition, from_offset, to_offset FROM %s.projection_gap WHERE reason = '" + reason
                        + "'")
                .stream()
                .map(row -> new Lost(row.getInteger(0), row.getLong(1), row.getLong(2)))
                .toList();
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", SERVERS.getBootstrapServers());
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private record Lost(int partition, long from, Long to) {

        boolean covers(RecordMetadata place) {
            return place.partition() == partition && place.offset() >= from && (to == null || place.offset() < to);
        }
    }
}
