package io.streamviews.feed;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.feed.Committed.PartitionOffset;
import io.streamviews.feed.Committed.Seen;
import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import io.streamviews.source.Message;
import io.streamviews.view.ErasedRows;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * A base view's changes: its topic is the log of them, so keeping them costs no write. A record is read once the views
 * have committed it, never before, and in its partition's order; what was a dead letter when its turn came is left out,
 * also if it is retried later. Blocks; to be used by one thread.
 */
final class ViewLog {

    private static final Logger LOG = Logger.getLogger(ViewLog.class);
    private static final Duration POLL = Duration.ofMillis(200);

    private final BaseView view;
    private final Consumer<byte[], byte[]> consumer;
    private final Committed committed;
    private final ObjectMapper mapper;
    private final List<TopicPartition> partitions;
    private final List<Deque<ConsumerRecord<byte[], byte[]>>> held;
    private FeedPosition position;

    /** @param consumer that nobody else uses meanwhile */
    ViewLog(
            BaseView view,
            int partitions,
            Consumer<byte[], byte[]> consumer,
            Committed committed,
            ObjectMapper mapper) {
        this.view = view;
        this.consumer = consumer;
        this.committed = committed;
        this.mapper = mapper;
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(number -> new TopicPartition(view.topic(), number))
                .toList();
        this.held = Stream.generate(
                        () -> (Deque<ConsumerRecord<byte[], byte[]>>) new ArrayDeque<ConsumerRecord<byte[], byte[]>>())
                .limit(partitions)
                .toList();
        consumer.assign(this.partitions);
    }

    Set<Integer> all() {
        return IntStream.range(0, partitions.size()).boxed().collect(Collectors.toSet());
    }

    FeedPosition position() {
        return position;
    }

    /**
     * Goes to places.
     *
     * @param places to begin at, and at the beginning where there is none; null to begin after what is committed
     * @return the partitions that do not have what follows: there it has gone to the beginning of what they have
     */
    Set<Integer> begin(Map<Integer, Long> places, Map<Integer, Seen> seen) {
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Set<Integer> lost = new TreeSet<>();
        long[] offsets = new long[partitions.size()];
        for (int number = 0; number < offsets.length; number++) {
            long beginning = beginnings.get(partitions.get(number));
            Seen here = seen(seen, number);
            Long place = places == null ? null : places.get(number);
            long wanted = places == null
                    ? Math.max(beginning, here.offset())
                    : place == null ? beginning : place - here.base();
            boolean isThere = wanted >= beginning && wanted <= ends.get(partitions.get(number));
            if (!isThere) {
                lost.add(number);
            }
            offsets[number] = isThere ? wanted : beginning;
        }
        go(new FeedPosition(view.topic(), offsets, bases(seen)));
        return lost;
    }

    /** Goes to where a log like this has been. */
    void go(FeedPosition there) {
        position = there;
        for (TopicPartition partition : partitions) {
            held.get(partition.partition()).clear();
            consumer.seek(partition, there.offsets()[partition.partition()]);
        }
    }

    /** Goes to the beginning of what there is in some partitions. */
    void goToBeginningOf(Set<Integer> numbers, Map<Integer, Seen> seen) {
        long[] offsets = position.offsets().clone();
        consumer.beginningOffsets(numbers.stream().map(partitions::get).toList())
                .forEach((partition, beginning) -> offsets[partition.partition()] = beginning);
        go(new FeedPosition(view.topic(), offsets, bases(seen)));
    }

    /** Partitions whose log has begun anew, or has lost its end, since this position. */
    Set<Integer> ofOtherLogs(Map<Integer, Seen> seen) {
        Set<Integer> others = new TreeSet<>();
        seen.forEach((number, here) -> {
            // a topic that was made anew may have had more
            if (number < partitions.size() && here.base() != position.bases()[number]) {
                others.add(number);
            }
        });
        return others;
    }

    boolean isBehind(Map<Integer, Seen> seen) {
        return IntStream.range(0, partitions.size()).anyMatch(number -> isBehind(number, seen));
    }

    /**
     * What has been committed from here on, and goes on behind it; nothing if there is nothing new, or none of it is here
     * yet.
     *
     * @param bytes of records after which it ends, with the record that reaches them
     * @throws OffsetOutOfRangeException if the topic has lost what follows
     */
    List<TopicEvent> read(Map<Integer, Seen> seen, long bytes) {
        fetch(seen, bytes);
        List<ConsumerRecord<byte[], byte[]>> ready = ready(seen, bytes);
        List<TopicEvent> events = new ArrayList<>(ready.size());
        if (!ready.isEmpty()) {
            Set<PartitionOffset> places = new HashSet<>();
            ready.forEach(record -> places.add(place(record)));
            Set<PartitionOffset> dead = committed.deadLetters(view.topic(), places);
            ErasedRows.Known erased = committed.erased();
            for (ConsumerRecord<byte[], byte[]> record : ready) {
                position = position.at(record.partition(), record.offset() + 1);
                if (!dead.contains(place(record))) {
                    event(record, erased).ifPresent(events::add);
                }
            }
        }
        skipWhatIsNoRecord();
        return events;
    }

    /** The first event of a feed that begins here. */
    byte[] start() {
        return SseEvent.of("start", mapper, Map.of("view", view.table()), position.id())
                .bytes();
    }

    /** The event that says that all is told again from here on, since what followed in some partitions is lost. */
    byte[] reset(Set<Integer> lost) {
        Map<String, Object> told = Map.of(
                "view",
                view.table(),
                "partitions",
                new TreeSet<>(lost),
                "reason",
                "the topic no longer has what followed; going on from the beginning of what is there");
        return SseEvent.of("reset", mapper, told, position.id()).bytes();
    }

    /** Reads on where something has been committed that is not here yet. */
    private void fetch(Map<Integer, Seen> seen, long bytes) {
        List<TopicPartition> wanted = partitions.stream()
                .filter(partition -> isBehind(partition.partition(), seen)
                        && held.get(partition.partition()).isEmpty())
                .toList();
        consumer.pause(partitions);
        consumer.resume(wanted);
        long fetched = 0;
        for (boolean more = !wanted.isEmpty(); more && fetched < bytes; ) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(fetched == 0 ? POLL : Duration.ZERO);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                held.get(record.partition()).add(record);
                fetched += size(record);
            }
            more = !records.isEmpty();
        }
    }

    /** What is here and has been committed, the oldest of all partitions first. */
    private List<ConsumerRecord<byte[], byte[]>> ready(Map<Integer, Seen> seen, long bytes) {
        List<ConsumerRecord<byte[], byte[]>> ready = new ArrayList<>();
        for (long size = 0; size < bytes; ) {
            Optional<ConsumerRecord<byte[], byte[]>> oldest = held.stream()
                    .map(Deque::peek)
                    .filter(record -> record != null
                            && record.offset() < seen(seen, record.partition()).offset())
                    .min(Comparator.comparingLong(ConsumerRecord::timestamp));
            if (oldest.isEmpty()) {
                break;
            }
            ready.add(held.get(oldest.get().partition()).remove());
            size += size(oldest.get());
        }
        return ready;
    }

    /** Nothing for what cannot be read, or what is said of a person who is forgotten, but for the deletion. */
    private Optional<TopicEvent> event(ConsumerRecord<byte[], byte[]> record, ErasedRows.Known erased) {
        try {
            Change change = view.read(
                    new Message(record.key(), record.value(), record.headers(), Math.max(0, record.timestamp())));
            if (change instanceof Change.Upsert
                    && (erased.hasRow(view.table(), change.key()) || erased.hasRecord(record.topic(), record.key()))) {
                return Optional.empty();
            }
            SseEvent event = SseEvent.of("change", mapper, Changes.of(view, change), position.id());
            return Optional.of(new TopicEvent(record.partition(), record.offset(), position, event));
        } catch (RuntimeException e) {
            LOG.debugf(e, "Left out of the changes of %s: %s", view.table(), place(record));
            return Optional.empty();
        }
    }

    /** Past records that compaction has removed, and past what ends transactions. */
    private void skipWhatIsNoRecord() {
        for (TopicPartition partition : partitions) {
            int number = partition.partition();
            ConsumerRecord<byte[], byte[]> head = held.get(number).peek();
            long next = head == null ? consumer.position(partition) : head.offset();
            if (next > position.offsets()[number]) {
                position = position.at(number, next);
            }
        }
    }

    private boolean isBehind(int number, Map<Integer, Seen> seen) {
        return position.offsets()[number] < seen(seen, number).offset();
    }

    private long[] bases(Map<Integer, Seen> seen) {
        return IntStream.range(0, partitions.size())
                .mapToLong(number -> seen(seen, number).base())
                .toArray();
    }

    private static Seen seen(Map<Integer, Seen> seen, int number) {
        return seen.getOrDefault(number, Seen.NOTHING);
    }

    private static int size(ConsumerRecord<?, ?> record) {
        return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    private static PartitionOffset place(ConsumerRecord<?, ?> record) {
        return new PartitionOffset(record.partition(), record.offset());
    }
}
