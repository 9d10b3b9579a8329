package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.projection.generation.ApplicationGeneration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An author of 100,000 posts, written over a year, moves to another department: one row and a year's days change. */
class AuthorMoveTest {

    private static final Logger LOG = Logger.getLogger(AuthorMoveTest.class);

    private static final int PARTITION = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String POSTS =
            """
            SET search_path = %s;
            INSERT INTO post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
            SELECT p, 'Post ' || p, 'content', 1, now() - interval '1 day' * (p % 365), now(), 1, p
            FROM generate_series(1, 100000) AS p;
            RESET search_path;
            ANALYZE %s.post_view
            """;
    private static final String POSTS_BY_DEPARTMENT =
            """
            SELECT string_agg(department || ' ' || posts || ' ' || coalesce(most_active_author_posts, 0), ', '
                              ORDER BY department)
            FROM %s.department_performance
            """;
    private static final String IN_A = "a 100000 100000, b 0 0";
    private static final String IN_B = "a 0 0, b 100000 100000";

    private ApplicationGeneration generation;
    private ViewTransactions transactions;
    private Positions positions;
    private BatchWriter writer;

    @BeforeEach
    void write100000Posts() {
        generation = new ApplicationGeneration();
        transactions = new ViewTransactions(generation.pool, PATIENCE);
        positions = new Positions(transactions, generation.schema, "test");
        writer = new BatchWriter(transactions, generation.schema, generation.views, positions);
        UserRecords users = users(PARTITION);
        write(PARTITION, users.created(0, 1, "a"), users.created(1, 2, "a"), users.created(2, 3, "b"));
        generation.query(POSTS);
        assertThat(generation.value(POSTS_BY_DEPARTMENT)).isEqualTo(IN_A);
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    @Test
    void theBatchIsShortAndReadersSeeTheAuthorInOneDepartment() {
        long start = System.nanoTime();
        CompletableFuture<Void> move = CompletableFuture.runAsync(
                () -> write(PARTITION, users(PARTITION).updated(3, 1, "b", 2)));
        while (!move.isDone()) {
            assertThat(generation.value(POSTS_BY_DEPARTMENT)).isIn(IN_A, IN_B);
        }
        move.join();
        Duration took = Duration.ofNanos(System.nanoTime() - start);

        LOG.infof("An author of 100,000 posts moved in %d ms", took.toMillis());
        assertThat(took).isLessThan(Duration.ofSeconds(5));
        assertThat(generation.value(POSTS_BY_DEPARTMENT)).isEqualTo(IN_B);
        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void otherPartitionsDoNotWaitForTheMove() throws Exception {
        try (OpenTransaction move = generation.transaction()) {
            move.run(
                    "SET LOCAL streamviews.partition = '1'; UPDATE %s.user_view SET department = 'b' WHERE user_id = 1");

            UserRecords others = users(2);
            write(2, others.created(0, 12, "a"), others.created(1, 13, "b"), others.updated(2, 12, "b", 2));

            assertThat(generation.value("SELECT count(*) FROM %s.user_view WHERE user_id > 10"))
                    .isEqualTo(2L);
            assertThat(generation.value(POSTS_BY_DEPARTMENT)).isEqualTo(IN_A);
            move.run("COMMIT");
        }
        assertThat(generation.value(POSTS_BY_DEPARTMENT)).isEqualTo(IN_B);
        assertThat(generation.derivedViewErrors()).isZero();
    }

    private UserRecords users(int partition) {
        return new UserRecords(generation.topics.userEvents(), partition);
    }

    private void write(int partition, TopicRecord... records) {
        TopicPartition source = new TopicPartition(generation.topics.userEvents(), partition);
        Epochs epochs = positions
                .takeOver(List.of(source), 1, FixedLogs.of(source, "topic", 100), stored -> null)
                .map(starts -> new Epochs(Map.of(source.topic(), starts.get(0).epoch())))
                .await()
                .atMost(PATIENCE);
        WriteBatch batch = new WriteBatch(partition, generation.views);
        List.of(records).forEach(batch::add);
        writer.write(batch, epochs).await().atMost(PATIENCE);
    }
}
