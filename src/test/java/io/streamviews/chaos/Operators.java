package io.streamviews.chaos;

import static org.awaitility.Awaitility.await;

import io.streamviews.chaos.Rest.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** People who rebuild, replay, pause, retry and verify, at any moment, and do not mind to be refused. */
final class Operators implements AutoCloseable {

    private static final String ADMIN = "/api/admin/";
    private static final int EVERY_MS = 3_000;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int LONGEST_PAUSE_MS = 4_000;

    private final Cluster cluster;
    private final Rest rest;
    private final Journal journal;
    private final List<Operation> operations;
    private final Random random;
    private final ReentrantLock pausing = new ReentrantLock();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    Operators(Cluster cluster, Rest rest, Journal journal, Settings settings) {
        this.cluster = cluster;
        this.rest = rest;
        this.journal = journal;
        this.random = new Random(settings.seed() + 1);
        this.operations = Stream.of(
                        Operation.REBUILD, Operation.REPLAY, Operation.PAUSE, Operation.RETRY, Operation.VERIFY)
                .filter(settings::does)
                .toList();
    }

    void start() {
        if (!operations.isEmpty()) {
            thread.scheduleWithFixedDelay(this::step, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Does something while nothing more is read; the projection goes on when it is done. */
    void whilePaused(Runnable work) {
        pausing.lock();
        try {
            until("A pause", "projection/pause");
            work.run();
        } finally {
            try {
                until("The end of a pause", "projection/resume");
            } finally {
                pausing.unlock();
            }
        }
    }

    private void step() {
        try {
            int instance = random.nextInt(Cluster.NAMES.size());
            int dice = random.nextInt(100);
            Operation operation = operations.get(dice % operations.size());
            Answer answer =
                    switch (operation) {
                        case REBUILD -> rebuild(instance, dice);
                        case REPLAY -> replay(instance, dice);
                        case RETRY -> post(instance, "dead-letters/retry", "{\"all\":true}");
                        case VERIFY -> verify(instance, dice);
                        default -> {
                            whilePaused(() -> Time.pass(Duration.ofMillis(random.nextInt(LONGEST_PAUSE_MS))));
                            yield null;
                        }
                    };
            if (answer != null) {
                journal.say("  %s by %s: %s", operation.text(), Cluster.NAMES.get(instance), brief(answer));
            }
        } catch (RuntimeException e) {
            journal.violation(Invariant.LEVEL_AND_HEALTHY, "an operator: %s", e.getMessage());
        }
    }

    private Answer rebuild(int instance, int dice) {
        Answer begun = post(instance, "rebuilds", null);
        if (begun.isAccepted() && dice < 20) {
            return rest.send(
                    instance,
                    "DELETE",
                    "/api/admin/rebuilds/" + begun.json().path("id").longValue(),
                    null,
                    Map.of());
        }
        return begun;
    }

    private Answer replay(int instance, int dice) {
        String topic = cluster.topics().get(dice % 2);
        String from = dice < 40 ? "\"earliest\"" : "{\"offset\":%d}".formatted(dice);
        return post(instance, "replays", "{\"topic\":\"%s\",\"from\":%s}".formatted(topic, from));
    }

    private Answer verify(int instance, int dice) {
        return post(instance, "verifications", "{\"depth\":\"%s\"}".formatted(dice < 50 ? "deep" : "shallow"));
    }

    private Answer post(int instance, String path, String body) {
        return rest.send(instance, "POST", ADMIN + path, body, Map.of());
    }

    /** Until one of the instances has done it: they may both be away for a while. */
    private void until(String what, String path) {
        await(what).atMost(PATIENCE).until(() -> {
            for (int i = 0; i < Cluster.NAMES.size(); i++) {
                if (post(i, path, null).isAccepted()) {
                    return true;
                }
            }
            return false;
        });
    }

    private static String brief(Answer answer) {
        String body = answer.body() == null ? "" : answer.body();
        return answer.status() + " " + body.substring(0, Math.min(160, body.length()));
    }

    /** Returns when nothing is paused any more. */
    @Override
    public void close() throws InterruptedException {
        thread.shutdown();
        thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
