package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.kafka.PrefixedTopics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The packaged application as one test runs it: any number of processes of the post service on a database, topics and a
 * consumer group of the test's own, and the log of events that they read.
 */
public final class Installation implements AutoCloseable {

    public static final Duration PATIENCE = Duration.ofSeconds(60);

    /** An instance that dies is replaced within a second or so, where a test is not about how long that takes. */
    public static final Map<String, String> QUICK_FAIL_OVER = Map.of(
            "kafka-streams.consumer.session.timeout.ms", "1000",
            "kafka-streams.consumer.heartbeat.interval.ms", "300");

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final int PARTITIONS = 6;
    private static final int THREADS = 2;
    private static final int USERS = 300;

    final String name;
    final PrefixedTopics topics;
    public final RowLog log;
    public final ViewTables views;
    private final Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()));
    private final List<PackagedProcess> processes = new ArrayList<>();

    public Installation(String test) {
        name = "%s_%d_%d".formatted(test, ProcessHandle.current().pid(), COUNT.incrementAndGet());
        topics = new PrefixedTopics(name + "-", PARTITIONS);
        topics.create(SERVERS.getBootstrapServers());
        Roles.createDatabase(name);
        log = new RowLog(SERVERS.getBootstrapServers(), new UserRecords(topics.userEvents(), 0), USERS);
        views = tablesOf("postgres");
    }

    /** Starts a process; PostgreSQL knows its connections by the instance's name. */
    public PackagedProcess start(String instance, Map<String, String> settings) {
        PackagedProcess process = PackagedProcess.start(
                "%s-%s-%d".formatted(name, instance, processes.size() + 1), settings(instance, settings));
        processes.add(process);
        return process;
    }

    public PackagedProcess.Ended failsToStart(String instance, Map<String, String> settings) {
        return PackagedProcess.failsToStart("%s-%s".formatted(name, instance), settings(instance, settings));
    }

    private Map<String, String> settings(String instance, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("quarkus.profile", "post");
        all.put("streamviews.relay.enabled", "false");
        all.put("streamviews.database.name", name);
        all.put("quarkus.datasource.reactive.url", url("postgresql") + "?application_name=" + instance);
        all.put("streamviews.topics.user-events", topics.userEvents());
        all.put("streamviews.topics.post-events", topics.postEvents());
        all.put("quarkus.kafka-streams.application-id", name);
        return all;
    }

    /** How far an instance has written the users' partitions that it owns, by partition. */
    Map<Integer, Long> positionsOf(PackagedProcess instance) {
        return views
                .query("SELECT partition, next_offset FROM views.projection_position"
                        + " WHERE topic = '%s' AND owner LIKE '%d@%%'".formatted(topics.userEvents(), instance.pid()))
                .stream()
                .collect(Collectors.toMap(row -> row.getInteger(0), row -> row.getLong(1)));
    }

    /** Waits until the instances own all partitions, and each of them owns some. */
    public void awaitSharing(PackagedProcess... instances) {
        await("Partitions of all instances").atMost(PATIENCE).untilAsserted(() -> {
            List<Integer> shares = Stream.of(instances)
                    .map(instance -> positionsOf(instance).size())
                    .toList();
            assertThat(shares).doesNotContain(0);
            assertThat(shares.stream().mapToInt(share -> share).sum()).isEqualTo(PARTITIONS);
        });
    }

    /** Waits until an instance has a transaction open that has written. */
    void awaitFlushing(String instance) {
        awaitTransaction(instance, "backend_xid IS NOT NULL");
    }

    /** Waits until an instance has a transaction open that has written, and now waits for a lock. */
    void awaitBlocked(String instance) {
        awaitTransaction(instance, "backend_xid IS NOT NULL AND wait_event_type = 'Lock'");
    }

    private void awaitTransaction(String instance, String condition) {
        await("Transaction of " + instance + " with " + condition)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> connections(instance, condition) > 0);
    }

    /** Waits until PostgreSQL has noticed that an instance is dead, and undone what it had not committed. */
    void awaitGone(String instance) {
        await("End of the connections of " + instance)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> connections(instance, "true") == 0);
    }

    private long connections(String instance, String condition) {
        return views.count(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s' AND application_name = '%s' AND %s"
                        .formatted(name, instance, condition));
    }

    /** Waits until as many instances are in the group, and some of them wait for others to join again. */
    void awaitRebalanceOf(int instances) {
        await("Rebalance of %d instances".formatted(instances)).atMost(PATIENCE).until(() -> {
            ConsumerGroupDescription group = admin.describeConsumerGroups(List.of(name))
                    .describedGroups()
                    .get(name)
                    .get();
            return group.groupState() == GroupState.PREPARING_REBALANCE
                    && group.members().size() == instances * THREADS;
        });
    }

    /** The sum of the offsets that the group has committed to Kafka. */
    long committed() throws InterruptedException, ExecutionException {
        return admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().values().stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    /** Has the group's offsets committed where the topics begin, as an instance does that was killed right after. */
    void commitBeginning() throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetAndMetadata> beginning = IntStream.range(0, PARTITIONS)
                .boxed()
                .collect(Collectors.toMap(
                        partition -> new TopicPartition(topics.userEvents(), partition),
                        partition -> new OffsetAndMetadata(0)));
        admin.alterConsumerGroupOffsets(name, beginning).all().get();
    }

    void allowLargeEvents(int bytes) throws InterruptedException, ExecutionException {
        ConfigEntry limit = new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes));
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topics.userEvents()),
                        List.of(new AlterConfigOp(limit, AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    /** The live views, as a role of PostgreSQL's. */
    public ViewTables tablesOf(String role) {
        return new ViewTables(url("postgresql"), role, "views");
    }

    /** A transaction of the test's own in the installation's database. */
    public OpenTransaction transaction() throws SQLException {
        return OpenTransaction.on(url("jdbc:postgresql"), "views");
    }

    /** Has what is committed survive a {@link #crashDatabase crash}, by those who connect from now on. */
    public void waitForTheDisk() {
        execute("ALTER DATABASE %s SET synchronous_commit = on".formatted(name));
    }

    /** Has PostgreSQL lose what it has in memory alone: where one of its processes is killed, it ends all others, and recovers. */
    public void crashDatabase() {
        long killed = views.count("SELECT pid::bigint FROM pg_stat_activity WHERE backend_type = 'background writer'");
        ProcessHandle.of(killed).orElseThrow().destroyForcibly();
        await("Recovery")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() ->
                        views.count("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'background writer'"
                                        + " AND pid <> %d".formatted(killed))
                                == 1);
    }

    /** Keeps everybody from writing to {@code user_view} until it is closed; reading is free. */
    OpenTransaction lockUsers() throws SQLException {
        OpenTransaction transaction = transaction();
        transaction.run("LOCK TABLE %s.user_view IN SHARE MODE");
        return transaction;
    }

    /** Waits until all has been read, and compares the views with the log; no process may have reported an error. */
    public void awaitFold() {
        log.awaitFoldIn(views);
        assertThat(processes)
                .allSatisfy(process -> assertThat(process.log().lines().filter(Installation::isError))
                        .isEmpty());
    }

    /** Kafka's client takes it for an error that a group has gone on without a member that did not answer. */
    private static boolean isError(String line) {
        return (line.contains(" ERROR ") || line.contains("OutOfMemory")) && !line.contains("not aware of this member");
    }

    @Override
    public void close() {
        processes.forEach(PackagedProcess::close);
        views.close();
        log.close();
        admin.close();
        execute("DROP DATABASE %s WITH (FORCE)".formatted(name));
    }

    private String url(String scheme) {
        return "%s://localhost:%d/%s".formatted(scheme, SERVERS.getDatabasePort(), name);
    }

    private static void execute(String sql) {
        String url = "jdbc:postgresql://localhost:%d/postgres".formatted(SERVERS.getDatabasePort());
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
