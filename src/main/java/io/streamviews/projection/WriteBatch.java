package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one PostgreSQL transaction will apply: the records that a task has read since the batch before, folded per row.
 *
 * <p>The records themselves are kept, too: if PostgreSQL refuses the whole, they are applied in ever smaller parts to find
 * the bad ones. Not thread-safe.
 */
public final class WriteBatch {

    private final int partition;
    private final List<BaseView> views;
    private final List<TableBatch> tables = new ArrayList<>();
    private final Map<String, List<TableBatch>> byTopic = new HashMap<>();
    private final List<TopicRecord> records = new ArrayList<>();
    private final List<DeadLetter> deadLetters = new ArrayList<>();
    private final Map<String, TopicRecord> last = new HashMap<>();
    private final Map<String, Long> reached = new HashMap<>();
    private final Map<String, Long> written = new HashMap<>();
    private final Map<String, Integer> leaderEpochs = new HashMap<>();
    private long bytes;

    public WriteBatch(int partition, List<BaseView> views) {
        this.partition = partition;
        this.views = views;
        for (BaseView view : views) {
            TableBatch table = new TableBatch(view);
            tables.add(table);
            byTopic.computeIfAbsent(view.topic(), topic -> new ArrayList<>(1)).add(table);
        }
    }

    /** A batch of some records, as of this one. */
    WriteBatch part(List<TopicRecord> some) {
        WriteBatch part = new WriteBatch(partition, views);
        some.forEach(part::add);
        return part;
    }

    /** Adds a record; one that cannot be read becomes a dead letter. */
    public void add(TopicRecord record) {
        records.add(record);
        bytes += record.message().size();
        last.put(record.topic(), record);
        try {
            apply(record);
        } catch (RuntimeException e) {
            deadLetters.add(deadLetter(record, e));
        }
    }

    /** To be said by the thread that has added the records, when it adds no more; else it is done when the batch is written. */
    public void makeParameters() {
        tables.forEach(TableBatch::deleteParameters);
        tables.forEach(TableBatch::upsertParameters);
    }

    /** Moves a topic's position past trailing offsets that hold no record, such as transaction markers. */
    void reach(String topic, long next) {
        reached.put(topic, next);
    }

    /**
     * Says what this batch goes on from: nobody may write it where less than that is in the views.
     *
     * @param before the offset up to which the topic has been written
     * @param leaderEpoch what leader the topic's records were read from, or a later one of the same log; null: not known
     */
    public void goesOn(String topic, long before, Integer leaderEpoch) {
        written.put(topic, before);
        leaderEpochs.put(topic, leaderEpoch);
    }

    /** Reads for every view before anything is added: a record is applied to all of its views or to none. */
    private void apply(TopicRecord record) {
        List<TableBatch> concerned = byTopic.getOrDefault(record.topic(), List.of());
        Change[] changes = new Change[concerned.size()];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = concerned.get(i).view().read(record.message());
        }
        for (int i = 0; i < changes.length; i++) {
            concerned.get(i).add(changes[i], record.place());
        }
    }

    /** A record that cannot be applied. */
    public DeadLetter deadLetter(TopicRecord record, Throwable failure) {
        return DeadLetter.of(record, failure, views);
    }

    public int partition() {
        return partition;
    }

    List<TableBatch> tables() {
        return tables;
    }

    public List<TopicRecord> records() {
        return records;
    }

    /** Records that cannot be read; once it has been written in parts, also those that PostgreSQL refuses. */
    public List<DeadLetter> deadLetters() {
        return deadLetters;
    }

    /** It has been written, all but these. */
    void keptAsDeadLetters(List<DeadLetter> all) {
        deadLetters.clear();
        deadLetters.addAll(all);
    }

    /** Up to where it has its topics written. */
    public Map<String, Long> ends() {
        return advances().stream().collect(Collectors.toMap(Advance::topic, Advance::next));
    }

    /** What it does to the positions, in the topics' order. */
    List<Advance> advances() {
        Set<String> topics = new TreeSet<>(last.keySet());
        topics.addAll(reached.keySet());
        return topics.stream().map(this::advance).toList();
    }

    private Advance advance(String topic) {
        TopicRecord record = last.get(topic);
        long behindRecords = record == null ? 0 : record.offset() + 1;
        return new Advance(
                topic,
                written.getOrDefault(topic, 0L),
                Math.max(behindRecords, reached.getOrDefault(topic, 0L)),
                record == null ? null : record.time(),
                leaderEpochs.get(topic));
    }

    /** Whether it has several records of one row, of which only the last counts. */
    boolean isFolded() {
        return tables.stream().anyMatch(TableBatch::isFolded);
    }

    boolean isEmpty() {
        return records.isEmpty() && reached.isEmpty();
    }

    public int rows() {
        return records.size();
    }

    public long bytes() {
        return bytes;
    }

    /**
     * Where a topic's position goes.
     *
     * @param from where it must be by now, or beyond
     * @param eventAt time stamp of the last record; null if there is none
     * @param leaderEpoch null if it is not known
     */
    record Advance(String topic, long from, long next, OffsetDateTime eventAt, Integer leaderEpoch) {}
}
