package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Partitions;
import io.streamviews.projection.DerivedFromDerived;
import io.streamviews.projection.FaultyTopic;
import io.streamviews.projection.FencedException;
import io.streamviews.projection.RowLog;
import io.streamviews.projection.UserRecords;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
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

    /** A derived view that is filled last, and erases all users when it is. */
    private static final String ERASING =
            """
            BEGIN;
            SET LOCAL search_path = %s;
            CREATE VIEW erasing_definition AS SELECT 0 AS n;
            CREATE VIEW erasing AS SELECT 0 AS n;
            CREATE PROCEDURE erasing_fill() LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO tombstone (base_view, key, erased_before)
                SELECT 'user_view', user_id, source_offset + 1 FROM user_view
                ON CONFLICT DO NOTHING;
                DELETE FROM user_view;
            END
            $$;
            CREATE FUNCTION erasing_apply() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CALL derive('erasing', 'user_view');
            COMMIT
            """;

    private ApplicationGeneration generation;
    private RowLog log;
    private Admin admin;
    private List<TopicPartition> partitions;
    private SqlConnection connection;

    @BeforeEach
    void createTopics() {
        generation = new ApplicationGeneration();
        connection = generation.pool.getConnectionAndAwait();
        generation.createTopics();
        String servers = generation.servers.get("kafka.bootstrap.servers");
        log = new RowLog(servers, new UserRecords(generation.topics.userEvents(), 0), 200);
        admin = Admin.create(Map.of("bootstrap.servers", servers));
        partitions = Partitions.all(generation.counts(Generation.PARTITIONS));
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
        isTheFold(build());
    }

    @Test
    void isThatToWhereItLeavesTimeToOthers() {
        isTheFold(TestGenerations.yielding(generation, this::views));
    }

    private void isTheFold(GenerationBuild begun) {
        try (GenerationBuild build = begun) {
            Object indexes = generation.value(INDEXES);
            log.append(3_000);
            build.prepare(connection, generation.schema);
            open(build);
            build.fill(ends());
            assertThat(build.isFinished(connection)).isFalse();

            build.finish(connection);

            assertThat(build.isFinished(connection)).isTrue();
            assertThat(build.eventsDone()).isEqualTo(3_000);
            assertThat(build.eventsTotal()).isEqualTo(3_000);
            log.awaitFoldIn(generation.tables);
            assertThat(generation.value(INDEXES)).isEqualTo(indexes);
            assertThat(generation.value(UNLOGGED)).isEqualTo(0L);
            log.append(1_000);
            build.fill(ends());
            log.awaitFoldIn(generation.tables);
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
        log.awaitFoldIn(generation.tables);
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
        log.awaitFoldIn(generation.tables);
    }

    @Test
    void whatIsErasedWhileDerivedViewsAreFilledIsInNoneOfThem() {
        generation.query(ERASING);
        log.append(1_000);
        try (GenerationBuild build = build()) {
            build.prepare(connection, generation.schema);
            open(build);
            build.fill(ends());
            assertThat(generation.value("SELECT count(*) > 0 FROM %s.user_view"))
                    .isEqualTo(true);

            build.finish(connection);
        }
        assertThat(generation.value("SELECT count(*) FROM %s.department_stats")).isEqualTo(0L);
        assertThat(generation.derivedViewErrors()).isEqualTo(0);
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
            log.awaitFoldIn(generation.tables);
        }
    }

    @Test
    void doesNotGoOnBehindBatchesThatPostgresqlHasLost() {
        log.append(1_000);
        try (GenerationBuild build = build()) {
            open(build);
            build.fill(ends());
            generation.query("UPDATE %s.projection_position SET next_offset = next_offset - 1 WHERE next_offset > 0");
            log.append(1_000);

            assertThatThrownBy(() -> build.fill(ends())).isInstanceOf(FencedException.class);
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
    void endsWhenItIsCancelledAlthoughThereIsNoTopicYet() {
        try (GenerationBuild build = build()) {
            build.open(new LogOffsets(admin), List.of());
            build.fill(Map.of());

            build.cancel();

            assertThatThrownBy(() -> build.fill(Map.of())).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void doesNotWaitForTheEndOfATopicThatWasMadeAnew() throws Exception {
        log.append(1_000);
        FaultyTopic topic = new FaultyTopic(admin, generation.topics.userEvents(), Generation.PARTITIONS);
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
        return TestGenerations.build(generation, this::views, 500);
    }

    private List<BaseView> views() {
        return ApplicationViews.views(generation.pool, generation.schema, generation.topics);
    }

    private void open(GenerationBuild build) {
        build.open(new LogOffsets(admin), partitions);
    }

    private Map<TopicPartition, Long> ends() {
        return new LogOffsets(admin).ends(partitions);
    }
}
