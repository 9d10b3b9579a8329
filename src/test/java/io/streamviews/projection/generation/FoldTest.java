package io.streamviews.projection.generation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Partitions;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is added to tables without keys and folded later is what upserts make of the same events, a batch at a time. */
class FoldTest {

    private static final String USERS = "SELECT to_jsonb(v) - 'last_processed_at' FROM %s.user_view v ORDER BY user_id";
    private static final String TOMBSTONES = "SELECT to_jsonb(t) FROM %s.tombstone t ORDER BY base_view, key";
    private static final String LETTERS =
            "SELECT to_jsonb(l) - 'failed_at' || jsonb_build_object('error', left(error, 80))"
                    + " FROM %s.dead_letter l ORDER BY partition, \"offset\"";
    private static final String KEYS =
            """
            SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = '%s'::regnamespace AND contype = 'p' ORDER BY 1
            """;

    private static final String NOTES =
            """
            CREATE TABLE note (name text PRIMARY KEY, said text);
            CALL source('note', topic => '%1$s', columns => '{"name": "key"}');
            CREATE TABLE said_once (name text PRIMARY KEY, said text UNIQUE);
            CALL source('said_once', topic => '%1$s', columns => '{"name": "key"}');
            """;

    private ApplicationGeneration generation;
    private KafkaProducer<byte[], byte[]> producer;
    private Admin admin;
    private SqlConnection connection;

    @BeforeEach
    void createTopics() {
        generation = new ApplicationGeneration();
        generation.createTopics();
        connection = generation.pool.getConnectionAndAwait();
        Map<String, Object> kafka = Map.of("bootstrap.servers", generation.servers.get("kafka.bootstrap.servers"));
        admin = Admin.create(kafka);
        producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterEach
    void close() {
        connection.closeAndAwait();
        producer.close();
        admin.close();
        generation.close();
    }

    @Test
    void olderVersionsDeletionsTombstonesAndPoisonAreWhatUpsertsMakeOfThem() {
        Object keys = all(generation, KEYS);
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 1_000; i++) {
            send(random, i);
        }
        producer.flush();
        try (ApplicationGeneration other = new ApplicationGeneration()) {
            List<TopicPartition> partitions = Partitions.all(generation.counts(Generation.PARTITIONS));
            try (GenerationBuild upserting = TestGenerations.build(other, () -> views(other), 40);
                    GenerationBuild adding = TestGenerations.build(generation, () -> views(generation), 40)) {
                fill(upserting, partitions);
                adding.prepare(connection, generation.schema);
                fill(adding, partitions);
                assertThat(generation.value("SELECT count(*) > count(DISTINCT user_id) FROM %s.user_view"))
                        .isEqualTo(true);

                adding.fold();
                adding.fold();
            }

            assertThat(all(generation, USERS)).hasSizeGreaterThan(50).isEqualTo(all(other, USERS));
            assertThat(all(generation, TOMBSTONES)).hasSizeGreaterThan(50).isEqualTo(all(other, TOMBSTONES));
            assertThat(all(generation, LETTERS)).hasSizeGreaterThan(50).isEqualTo(all(other, LETTERS));
            assertThat(all(generation, KEYS)).isEqualTo(keys);
        }
    }

    @Test
    void aKeyThatNoIndexTakesIsADeadLetterAndATableWithFurtherRulesIsNeverWithoutItsKey() {
        String topic = generation.topics.userEvents();
        String schema = generation.schema;
        generation.query("DROP SCHEMA %s CASCADE");
        TestGenerations.make(generation.pool, schema, NOTES.formatted(topic));
        String tooLong = new SplittableRandom(5)
                .ints(4_000, 'a', 'z')
                .collect(StringBuilder::new, (text, letter) -> text.append((char) letter), StringBuilder::append)
                .toString();
        note("a", "one");
        note("a", "two");
        note("b", "one");
        note("c", "two");
        note(tooLong, "long");
        producer.flush();
        List<TopicPartition> partitions = Partitions.all(Map.of(topic, Generation.PARTITIONS));
        try (GenerationBuild build = TestGenerations.build(generation, this::declared, 1)) {
            build.prepare(connection, schema);
            fill(build, partitions);

            build.fold();
            note("a", "three");
            producer.flush();
            build.fill(new LogOffsets(admin).ends(partitions));
        }

        assertThat(all(generation, "SELECT name || ' ' || said FROM %s.said_once ORDER BY 1"))
                .containsExactly("a three", "b one");
        assertThat(all(generation, "SELECT name || ' ' || said FROM %s.note ORDER BY 1"))
                .isEqualTo(List.of("a three", "b one"));
        assertThat(all(generation, "SELECT error FROM %s.dead_letter ORDER BY length(key)"))
                .hasSize(2)
                .satisfies(errors -> assertThat((String) errors.get(0)).contains("duplicate key"))
                .satisfies(errors -> assertThat((String) errors.get(1)).contains("note_pkey", "index row size"));
    }

    private List<BaseView> views(ApplicationGeneration of) {
        return ApplicationViews.views(of.pool, of.schema, generation.topics);
    }

    private List<BaseView> declared() {
        return TestGenerations.declared(generation.pool, generation.schema);
    }

    private void fill(GenerationBuild build, List<TopicPartition> partitions) {
        LogOffsets offsets = new LogOffsets(admin);
        build.open(offsets, partitions);
        build.fill(offsets.ends(partitions));
    }

    private void note(String name, String said) {
        producer.send(new ProducerRecord<>(
                generation.topics.userEvents(),
                0,
                name.getBytes(UTF_8),
                "{\"said\":\"%s\"}".formatted(said).getBytes(UTF_8)));
    }

    /** What PostgreSQL refuses has keys of its own: in one batch with a newer event it would not be noticed. */
    private void send(SplittableRandom random, int number) {
        int id = random.nextInt(150) + 1;
        int version = random.nextInt(9) + 1;
        switch (random.nextInt(12)) {
            case 0 -> user("USER_DELETED", id, "INACTIVE", version);
            case 1 -> record(Integer.toString(id), null);
            case 2 -> record(Integer.toString(id), "rubbish".getBytes(UTF_8));
            case 3 -> user("USER_UPDATED", 1_000 + number, "REFUSED", version);
            default -> user("USER_UPDATED", id, "ACTIVE", version);
        }
    }

    private void user(String type, int id, String status, int version) {
        String event =
                """
                {"eventType":"%s","userId":%d,"user":{"id":%2$d,"name":"n","email":"e@example.com","department":"d%3$d",
                 "status":"%4$s","createdAt":"2025-07-17T06:03:43","updatedAt":"2025-07-17T06:03:43"},
                 "timestamp":"2025-07-17T06:03:43","version":%3$d}
                """
                        .formatted(type, id, version, status);
        record(Integer.toString(id), event.getBytes(UTF_8));
    }

    private void record(String key, byte[] value) {
        producer.send(new ProducerRecord<>(generation.topics.userEvents(), key.getBytes(UTF_8), value));
    }

    private static List<Object> all(ApplicationGeneration generation, String query) {
        return generation.query(query).stream().map(row -> row.getValue(0)).toList();
    }
}
