package io.streamviews.feed;

import io.quarkus.runtime.ShutdownEvent;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.feed.Committed.Seen;
import io.streamviews.rest.RefusedException;
import io.streamviews.source.BaseView;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads for feeds of base views that begin, or are behind the ring: a few threads with a consumer each, which serve the
 * feeds in turn, a bounded piece at a time. A feed asks for the next piece when its client has taken the last one, so one
 * that does not read keeps nobody waiting.
 */
@ApplicationScoped
class CatchUp {

    static final long BYTES_AT_A_TIME = 1 << 18;
    private static final long IDLE_SECONDS = 10;
    private static final long BEGIN_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long WHATEVER_IS_KNOWN = 0;
    private static final int LAST = 10_000;

    private final ViewLogs logs;
    private final Committed committed;
    private final CommitCounter commits;
    private final OpenFeeds feeds;
    private final ThreadPoolExecutor readers;

    CatchUp(ViewLogs logs, Committed committed, CommitCounter commits, OpenFeeds feeds, FeedConfig config) {
        this.logs = logs;
        this.committed = committed;
        this.commits = commits;
        this.feeds = feeds;
        // a feed waits for one piece at a time, so the queue is as long as there are feeds at most
        this.readers = new ThreadPoolExecutor(
                config.catchUpReaders(),
                config.catchUpReaders(),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Reader::new);
        readers.allowCoreThreadTimeOut(true);
    }

    /** What a feed is given to tell, where it is then, and whether more has been committed. */
    record Piece(List<byte[]> events, FeedPosition after, boolean isBehind) {}

    /** After the feeds have ended. */
    void onStop(@Observes @Priority(LAST) ShutdownEvent stop) {
        readers.shutdownNow();
    }

    /**
     * Says where a feed begins, and what has been lost before that. Does not block; fails with a {@link RefusedException}
     * (400) if a place is in a partition that there is not.
     *
     * @param from null to begin after what is committed
     */
    CompletableFuture<Piece> begin(BaseView view, LastEventId from) {
        long asked = System.nanoTime();
        return submit(consumer -> {
            if (System.nanoTime() - asked > BEGIN_PATIENCE_NANOS) {
                throw RefusedException.unavailable("Too many feeds begin at a time");
            }
            try {
                Map<Integer, Seen> seen = committed.seen(view.topic(), commits.count());
                int partitions = logs.partitions(view);
                LastEventId known = from == null || from.isIn(view.topic(), partitions) ? from : LastEventId.EARLIEST;
                ViewLog log = logs.of(view, partitions, consumer);
                Set<Integer> lost = log.begin(known == null ? null : known.places(), seen);
                if (known != from) {
                    lost = log.all();
                }
                return piece(List.of(lost.isEmpty() ? log.start() : log.reset(lost)), log, seen);
            } catch (KafkaException e) {
                throw RefusedException.unavailable("Kafka cannot be reached");
            }
        });
    }

    /** Reads what has been committed from a position on. Does not block. */
    CompletableFuture<Piece> read(BaseView view, FeedPosition from) {
        return submit(consumer -> {
            feeds.awaitRoom();
            Map<Integer, Seen> seen = committed.seen(view.topic(), WHATEVER_IS_KNOWN);
            ViewLog log = logs.of(view, from.partitions(), consumer);
            log.go(from);
            Set<Integer> lost = log.ofOtherLogs(seen);
            if (lost.isEmpty()) {
                try {
                    List<byte[]> events = log.read(seen, BYTES_AT_A_TIME).stream()
                            .map(change -> change.event().bytes())
                            .toList();
                    return piece(events, log, seen);
                } catch (OffsetOutOfRangeException e) {
                    lost = e.offsetOutOfRangePartitions().keySet().stream()
                            .map(TopicPartition::partition)
                            .collect(Collectors.toSet());
                }
            }
            log.goToBeginningOf(lost, seen);
            return piece(List.of(log.reset(lost)), log, seen);
        });
    }

    private static Piece piece(List<byte[]> events, ViewLog log, Map<Integer, Seen> seen) {
        return new Piece(events, log.position(), log.isBehind(seen));
    }

    private interface Reading {
        Piece read(Consumer<byte[], byte[]> consumer) throws InterruptedException;
    }

    private CompletableFuture<Piece> submit(Reading reading) {
        CompletableFuture<Piece> answer = new CompletableFuture<>();
        try {
            readers.execute(() -> {
                try {
                    answer.complete(reading.read(((Reader) Thread.currentThread()).consumer()));
                } catch (InterruptedException | RuntimeException | Error e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    private final class Reader extends Thread {

        private Consumer<byte[], byte[]> consumer;

        private Reader(Runnable work) {
            super(work, "catch-up of feeds");
            setDaemon(true);
        }

        private Consumer<byte[], byte[]> consumer() {
            if (consumer == null) {
                consumer = logs.consumer();
            }
            return consumer;
        }

        @Override
        public void run() {
            try {
                super.run();
            } finally {
                if (consumer != null) {
                    ViewLogs.close(consumer);
                }
            }
        }
    }
}
