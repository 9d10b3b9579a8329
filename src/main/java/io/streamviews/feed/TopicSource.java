package io.streamviews.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.feed.Committed.Place;
import io.streamviews.feed.Committed.Seen;
import io.streamviews.feed.EventStream.GoneException;
import io.streamviews.feed.EventStream.SlowClientException;
import io.streamviews.projection.BaseView;
import io.streamviews.view.Commits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * The changes of a base view: its topic is the log of them, so keeping them costs no write. A record is told once the
 * views have committed it, never before, and in its partition's order; what was a dead letter when its turn came is left
 * out, also if it is retried later. Holds what one poll brings at most.
 */
final class TopicSource implements Source {

    private static final Logger LOG = Logger.getLogger(TopicSource.class);
    private static final Duration POLL = Duration.ofMillis(200);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    private final BaseView<?> view;
    private final Consumer<byte[], byte[]> topic;
    private final List<TopicPartition> partitions;
    private final Committed committed;
    private final Commits commits;
    private final ObjectMapper mapper;
    private final Map<Integer, Long> next = new TreeMap<>();
    private final Map<Integer, Long> bases = new HashMap<>();
    private final Map<Integer, Deque<ConsumerRecord<byte[], byte[]>>> held = new HashMap<>();
    private final Set<Integer> lost = new TreeSet<>();
    private long known = -1;

    /**
     * @param topic a consumer that nobody else uses; closed with the source
     * @param wanted the places to begin at; null to begin now
     */
    TopicSource(
            BaseView<?> view,
            Consumer<byte[], byte[]> topic,
            List<TopicPartition> partitions,
            Map<Integer, Long> wanted,
            Committed committed,
            Commits commits,
            ObjectMapper mapper) {
        this.view = view;
        this.topic = topic;
        this.partitions = partitions;
        this.committed = committed;
        this.commits = commits;
        this.mapper = mapper;
        topic.assign(partitions);
        Map<TopicPartition, Long> beginnings = topic.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = topic.endOffsets(partitions);
        Map<Integer, Seen> seen = committed.seen(view.topic(), commits.count());
        for (TopicPartition partition : partitions) {
            int number = partition.partition();
            long beginning = beginnings.get(partition);
            Seen here = seen.getOrDefault(number, Seen.NOTHING);
            Long place = wanted == null ? null : wanted.get(number);
            long offset = wanted == null
                    ? Math.max(beginning, here.offset())
                    : place == null ? beginning : place - here.base();
            boolean isThere = offset >= beginning && offset <= ends.get(partition);
            if (!isThere) {
                lost.add(number);
            }
            next.put(number, isThere ? offset : beginning);
            bases.put(number, here.base());
            held.put(number, new ArrayDeque<>());
            topic.seek(partition, next.get(number));
        }
    }

    @Override
    public void begin(EventStream client) throws SlowClientException, GoneException, InterruptedException {
        if (lost.isEmpty()) {
            client.event("start", id(), json(Map.of("view", view.table())));
        } else {
            tellOfLoss(client);
        }
        client.flush();
    }

    @Override
    public void next(EventStream client) throws SlowClientException, GoneException, InterruptedException {
        Map<Integer, Seen> seen = committed.seen(view.topic(), known);
        try {
            backToWhatIsThere(ofOtherLogs(seen));
            seen.forEach((partition, here) -> bases.put(partition, here.base()));
            fetch(seen);
        } catch (OffsetOutOfRangeException e) {
            backToWhatIsThere(e.offsetOutOfRangePartitions().keySet());
        }
        if (!lost.isEmpty()) {
            tellOfLoss(client);
        }
        tell(client, ready(seen));
        client.flush();
        if (partitions.stream().noneMatch(partition -> isBehind(partition.partition(), seen))) {
            known = commits.await(known, client.untilHeartbeat());
        }
    }

    @Override
    public void close() {
        Thread.interrupted();
        try {
            topic.close(CloseOptions.timeout(CLOSE_PATIENCE));
        } catch (KafkaException e) {
            LOG.debugf(e, "A consumer of %s was closed in a hurry", view.topic());
        }
    }

    private boolean isBehind(int partition, Map<Integer, Seen> seen) {
        return next.get(partition) < seen.getOrDefault(partition, Seen.NOTHING).offset();
    }

    /** Partitions whose log has begun anew, or has lost its end, since this source began. */
    private Set<TopicPartition> ofOtherLogs(Map<Integer, Seen> seen) {
        Set<TopicPartition> others = new HashSet<>();
        for (TopicPartition partition : partitions) {
            Seen here = seen.get(partition.partition());
            if (here != null && here.base() != bases.get(partition.partition())) {
                others.add(partition);
            }
        }
        return others;
    }

    /** Reads on where something has been committed that is not here yet. */
    private void fetch(Map<Integer, Seen> seen) {
        List<TopicPartition> wanted = partitions.stream()
                .filter(partition -> isBehind(partition.partition(), seen)
                        && held.get(partition.partition()).isEmpty())
                .toList();
        topic.pause(partitions);
        topic.resume(wanted);
        if (!wanted.isEmpty()) {
            topic.poll(POLL).forEach(record -> held.get(record.partition()).add(record));
        }
    }

    /** What is here and has been committed. */
    private Deque<ConsumerRecord<byte[], byte[]>> ready(Map<Integer, Seen> seen) {
        Deque<ConsumerRecord<byte[], byte[]>> ready = new ArrayDeque<>();
        held.forEach((partition, records) -> {
            long limit = seen.getOrDefault(partition, Seen.NOTHING).offset();
            while (!records.isEmpty() && records.peek().offset() < limit) {
                ready.add(records.remove());
            }
        });
        return ready;
    }

    private void tell(EventStream client, Deque<ConsumerRecord<byte[], byte[]>> ready)
            throws SlowClientException, GoneException, InterruptedException {
        if (!ready.isEmpty()) {
            Set<Place> places = new HashSet<>();
            ready.forEach(record -> places.add(place(record)));
            Set<Place> dead = committed.deadLetters(view.topic(), places);
            for (ConsumerRecord<byte[], byte[]> record : ready) {
                next.put(record.partition(), record.offset() + 1);
                Map<String, Object> change = dead.contains(place(record)) ? null : change(record);
                if (change != null) {
                    client.event("change", id(), json(change));
                }
            }
        }
        // past records that compaction has removed
        for (TopicPartition partition : partitions) {
            ConsumerRecord<byte[], byte[]> head =
                    held.get(partition.partition()).peek();
            next.merge(partition.partition(), head == null ? topic.position(partition) : head.offset(), Math::max);
        }
    }

    private Map<String, Object> change(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Changes.of(view, record.key(), record.value());
        } catch (RuntimeException e) {
            LOG.debugf(e, "Left out of the changes of %s: %s", view.table(), place(record));
            return null;
        }
    }

    private void backToWhatIsThere(Set<TopicPartition> removed) {
        Map<TopicPartition, Long> beginnings = removed.isEmpty() ? Map.of() : topic.beginningOffsets(removed);
        beginnings.forEach((partition, beginning) -> {
            lost.add(partition.partition());
            next.put(partition.partition(), beginning);
            held.get(partition.partition()).clear();
            topic.seek(partition, beginning);
        });
    }

    private void tellOfLoss(EventStream client) throws SlowClientException, GoneException, InterruptedException {
        client.event(
                "reset",
                id(),
                json(Map.of(
                        "view",
                        view.table(),
                        "partitions",
                        lost,
                        "reason",
                        "the topic no longer has what followed; going on from the beginning of what is there")));
        lost.clear();
    }

    /** By places: those of another log are greater than all before. */
    private String id() {
        Map<Integer, Long> places = new TreeMap<>(next);
        bases.forEach((partition, base) -> places.merge(partition, base, Long::sum));
        return Places.id(places);
    }

    private static Place place(ConsumerRecord<?, ?> record) {
        return new Place(record.partition(), record.offset());
    }

    private String json(Map<String, ?> data) {
        try {
            return mapper.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot write " + data, e);
        }
    }
}
