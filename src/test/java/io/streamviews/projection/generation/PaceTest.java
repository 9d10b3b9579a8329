package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.projection.ViewSchema;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A build beside people who read, and beside nobody. */
class PaceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Generation live;
    private Pace pace;

    @BeforeEach
    void begin() {
        live = new Generation();
        pace = new Pace(new ViewSchema("built", live.pool, "test"), live.schema, TestGenerations.config(500));
    }

    @AfterEach
    void end() {
        pace.close();
        live.close();
    }

    @Test
    void buildsWithHalfOfItsThreadsWhileTheLiveViewsAreRead() {
        awaitQuiet();

        await().atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> {
            read(100, "order_view");
            return pace.atOnce() == 1;
        });

        awaitQuiet();
    }

    /** Beside a reader who begins before it does, it has never all of its threads at work. */
    @Test
    void leavesTimeToOthersFromTheBeginning() {
        read(20, "order_view");
        try (Pace beside =
                new Pace(new ViewSchema("built", live.pool, "test"), live.schema, TestGenerations.config(500))) {
            long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
            while (System.nanoTime() - end < 0) {
                read(20, "order_view");
                assertThat(beside.atOnce()).isEqualTo(1);
            }
        }
    }

    @Test
    void takesNoNoticeOfWhatInstancesLookAt() {
        awaitQuiet();
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        while (System.nanoTime() - end < 0) {
            read(10, "projection_position");
            assertThat(pace.isYielding()).isFalse();
        }
    }

    @Test
    void hasOneMoreBeginOnlyWhenOneHasEnded() throws Exception {
        awaitQuiet();
        AtomicInteger atWork = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> three = Stream.generate(() -> new Thread(() -> pace.work(() -> {
                    most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
                    awaitEnd(end);
                    atWork.decrementAndGet();
                })))
                .limit(3)
                .toList();
        three.forEach(Thread::start);
        try {
            await().atMost(PATIENCE)
                    .until(() -> three.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
            assertThat(atWork).hasValue(2);
        } finally {
            end.countDown();
        }

        for (Thread thread : three) {
            thread.join(PATIENCE.toMillis());
        }
        assertThat(atWork).hasValue(0);
        assertThat(most).hasValue(2);
    }

    private void awaitQuiet() {
        await().atMost(PATIENCE).until(() -> pace.atOnce() == 2);
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(int times, String table) {
        for (int i = 0; i < times; i++) {
            live.query("SELECT count(*) FROM %s." + table);
        }
    }
}
