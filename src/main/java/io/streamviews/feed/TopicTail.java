package io.streamviews.feed;

import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.feed.Committed.Seen;
import io.streamviews.source.BaseView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/**
 * Reads the end of a base view's log for all feeds of it: a change is read and encoded once, and kept in a ring that is
 * bounded in bytes. A feed that is behind the ring has to {@linkplain CatchUp catch up}; so has everybody where the topic
 * has lost something or was made anew, and each is told there what that means at its place. Where the view is declared
 * otherwise, or its topic has other partitions than when this began, it ends, and its feeds begin again from their places.
 */
final class TopicTail extends Tail {

    private static final Logger LOG = Logger.getLogger(TopicTail.class);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final long BYTES_AT_A_TIME = 1 << 20;

    /** Between two questions how many partitions there are; longer than Kafka takes to answer, or not. */
    private static final long COUNTED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Place place;
    private final BaseView base;
    private final ViewLogs logs;
    private final Committed committed;
    private final CommitCounter commits;
    private final RingBuffer<TopicEvent> ring;

    TopicTail(Place place, ViewLogs logs, Committed committed, CommitCounter commits, FeedConfig config) {
        super(place.view().table());
        this.place = place;
        this.base = place.view();
        this.logs = logs;
        this.committed = committed;
        this.commits = commits;
        this.ring = new RingBuffer<>(config.ringBytes().asLongValue());
    }

    /** What it reads: a view, and as many partitions of its topic as there were. */
    record Place(BaseView view, int partitions) {}

    Place place() {
        return place;
    }

    RingBuffer<TopicEvent> ring() {
        return ring;
    }

    @Override
    CloseReason follow() throws InterruptedException {
        Consumer<byte[], byte[]> consumer = logs.consumer();
        try {
            ViewLog log = logs.of(base, place.partitions(), consumer);
            long known = commits.count();
            begin(log, committed.seen(base.topic(), known));
            becomeReady();
            long arrivals = committed.erased().arrivals();
            long counted = System.nanoTime();
            while (!isStopped()) {
                if (System.nanoTime() - counted > COUNTED_NANOS) {
                    Infrastructure.getDefaultWorkerPool().execute(this::count);
                    counted = System.nanoTime();
                }
                if (!logs.isStill(base, place.partitions())) {
                    return CloseReason.CHANGED;
                }
                if (committed.erased().arrivals() != arrivals) {
                    arrivals = committed.erased().arrivals();
                    forget(log);
                }
                Map<Integer, Seen> seen = committed.seen(base.topic(), known);
                readOn(log, seen);
                if (!log.isBehind(seen)) {
                    known = commits.await(known, IDLE);
                }
            }
            return CloseReason.STOPPED;
        } finally {
            ViewLogs.close(consumer);
        }
    }

    /** Others may have asked, too, and know sooner. A broker that does not answer keeps nobody from being forgotten meanwhile. */
    private void count() {
        try {
            logs.partitions(base);
        } catch (KafkaException e) {
            LOG.debugf(e, "Nobody can tell how many partitions %s has", base.topic());
        }
    }

    private void readOn(ViewLog log, Map<Integer, Seen> seen) {
        try {
            if (!log.ofOtherLogs(seen).isEmpty()) {
                begin(log, seen);
                wakeAll();
            }
            List<TopicEvent> events = log.read(seen, BYTES_AT_A_TIME);
            events.forEach(event -> ring.add(event, event.size()));
            if (!events.isEmpty()) {
                wakeAll();
            }
        } catch (OffsetOutOfRangeException e) {
            begin(log, seen);
            wakeAll();
        }
    }

    /** Who needs what the ring held reads it in the topic, where it is left out what must be. */
    private void forget(ViewLog log) {
        ring.restart(TopicEvent.origin(log.position()));
        wakeAll();
    }

    private void begin(ViewLog log, Map<Integer, Seen> seen) {
        log.begin(null, seen);
        ring.restart(TopicEvent.origin(log.position()));
    }
}
