package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Partitions;
import io.streamviews.projection.DerivedFromDerived;
import io.streamviews.projection.FaultyTopic;
import io.streamviews.projection.FencedException;
import io.streamviews.projection.UserLog;
import io.streamviews.projection.ViewSchema;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A generation filled from its topics, without a group and without Kafka Streams. */
public class GenerationBuildTest {

    private static final String INDEXES =
            "SELECT string_agg(indexname, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = '%s'";
    private static final String UNLOGGED =
            "SELECT count(*) FROM pg_class WHERE relnamespace = '%s'::regnamespace AND relpersistence = 'u'";

    private Generation generation;
    private UserLog log;
    private Admin admin;
    private List<TopicPartition> partitions;
    private SqlConnection connection;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        connection = generation.pool.getConnectionAndAwait();
        generation.createTopics();
        String servers = generation.servers.get("kafka.bootstrap.servers");
        log = new UserLog(servers, generation.topics.userEvents(), 200);
        admin = Admin.create(Map.of("bootstrap.servers", servers));
        partitions = Partitions.all(generation.counts(generation.topics.partitions()));
    }

    @AfterEach
    void close() {
        connection.closeAndAwait();
        admin.close();
        log.close();
        generation.close();
    }

    @Test
    void isTheFoldOfTheTopicsWithEveryIndexAndTrigger() {
        Object indexes = generation.value(INDEXES);
        log.append(3_000);
        try (GenerationBuild build = build()) {
            build.prepare(connection, generation.schema);
            open(build);
            build.fill(ends());
            assertThat(build.isFinished(connection)).isFalse();

            build.finish(connection);

            assertThat(build.isFinished(connection)).isTrue();
            assertThat(build.eventsDone()).isEqualTo(3_000);
            assertThat(build.eventsTotal()).isEqualTo(3_000);
            generation.tables.awaitFoldOf(log);
            assertThat(generation.value(INDEXES)).isEqualTo(indexes);
            assertThat(generation.value(UNLOGGED)).isEqualTo(0L);
            log.append(1_000);
            build.fill(ends());
            generation.tables.awaitFoldOf(log);
        }
    }

    @Test
    void anotherOneGoesOnAfterTheStepsThatWereDone() {
        Object indexes = generation.value(INDEXES);
        log.append(1_000);
        try (GenerationBuild first = build();
                GenerationBuild second = build()) {
            first.prepare(connection, generation.schema);
            open(first);
            first.fill(ends());
            generation.query("CREATE TABLE %s.user_activity_posts ()");
            assertThatThrownBy(() -> first.finish(connection)).hasMessageContaining("user_activity_posts");
            assertThat(generation.value("SELECT array_agg(DISTINCT step) FROM %s.deferred_index"))
                    .isEqualTo(new Integer[] {3});
            generation.query("DROP TABLE %s.user_activity_posts");
            log.append(1_000);
            open(second);
            second.fill(ends());

            second.finish(connection);
        }
        generation.tables.awaitFoldOf(log);
        assertThat(generation.value(INDEXES)).isEqualTo(indexes);
    }

    @Test
    void fillsDerivedViewsInTheOrderInWhichTheyWereDerived() {
        DerivedFromDerived.in(generation);
        log.append(1_000);
        try (GenerationBuild build = build()) {
            build.prepare(connection, generation.schema);
            open(build);
            build.fill(ends());

            build.finish(connection);
        }
        generation.tables.awaitFoldOf(log);
    }

    @Test
    void saysOfEventsDoneNeverMoreThanThereAre() {
        log.append(1_000);
        try (GenerationBuild build = build()) {
            open(build);
            build.fill(ends());
            Map<TopicPartition, Long> less = ends();
            less.replaceAll((partition, end) -> end / 2);

            build.fill(less);

            assertThat(build.eventsDone()).isEqualTo(1_000);
            assertThat(build.eventsTotal()).isEqualTo(1_000);
        }
    }

    @Test
    void readsNothingPastTheEndsItIsGiven() {
        log.append(2_000);
        Map<TopicPartition, Long> ends = new HashMap<>(ends());
        ends.replaceAll((partition, end) -> end / 2);
        try (GenerationBuild build = build()) {
            open(build);

            build.fill(ends);

            generation
                    .query("SELECT topic, partition, next_offset, seen_offset FROM %s.projection_position")
                    .forEach(row -> {
                        long end = ends.get(new TopicPartition(row.getString(0), row.getInteger(1)));
                        assertThat(row.getLong(2)).isEqualTo(end);
                        assertThat(row.getLong(3)).isEqualTo(end);
                    });
        }
    }

    @Test
    void anotherOneGoesOnWhereTheFirstEndedAndFencesIt() {
        log.append(1_000);
        try (GenerationBuild first = build();
                GenerationBuild second = build()) {
            first.prepare(connection, generation.schema);
            open(first);
            first.fill(ends());
            open(second);
            log.append(1_000);

            assertThatThrownBy(() -> first.fill(ends())).isInstanceOf(FencedException.class);
            second.fill(ends());
            assertThatThrownBy(() -> first.finish(connection)).isInstanceOf(FencedException.class);
            assertThat(generation.value("SELECT count(*) FROM %s.deferred_index WHERE step = 1"))
                    .isEqualTo(2L);

            assertThat(second.eventsDone()).isEqualTo(2_000);
            second.finish(connection);
            generation.tables.awaitFoldOf(log);
        }
    }

    @Test
    void endsWhenItIsCancelledAndWhenItsTimeIsUp() {
        log.append(1_000);
        try (GenerationBuild build = build()) {
            open(build);
            assertThat(build.fill(ends(), Duration.ZERO)).isFalse();
            assertThat(build.fill(ends(), Duration.ofMinutes(1))).isTrue();
            log.append(1_000);

            build.cancel();

            assertThatThrownBy(() -> build.fill(ends())).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void doesNotWaitForTheEndOfATopicThatWasMadeAnew() throws Exception {
        log.append(1_000);
        FaultyTopic topic = new FaultyTopic(admin, generation.topics.userEvents(), generation.topics.partitions());
        try (GenerationBuild build = build()) {
            open(build);
            Map<TopicPartition, Long> ends = ends();
            topic.recreate(generation::createTopics);

            assertThatThrownBy(() -> build.fill(ends))
                    .isInstanceOf(LostLogException.class)
                    .hasMessageContaining(generation.topics.userEvents());
        }
    }

    private GenerationBuild build() {
        return build(generation);
    }

    public static GenerationBuild build(Generation generation) {
        return build(
                generation, () -> TestGenerations.views(generation.pool, generation.schema, generation.topics), 500);
    }

    /** @param maxRows of a batch */
    static GenerationBuild build(Generation generation, Supplier<List<BaseView>> views, int maxRows) {
        return new GenerationBuild(
                new ViewSchema(generation.schema, generation.pool, "test"),
                views,
                Map.of("bootstrap.servers", generation.servers.get("kafka.bootstrap.servers")),
                config(Integer.toString(maxRows)));
    }

    private static BuildConfig config(String maxRows) {
        return new SmallRyeConfigBuilder()
                .withSources(
                        new PropertiesConfigSource(Map.of("streamviews.rebuild.batch-max-rows", maxRows), "test", 1))
                .withMapping(BuildConfig.class)
                .build()
                .getConfigMapping(BuildConfig.class);
    }

    private void open(GenerationBuild build) {
        build.open(new LogOffsets(admin), partitions);
    }

    private Map<TopicPartition, Long> ends() {
        return new LogOffsets(admin).ends(partitions);
    }
}
