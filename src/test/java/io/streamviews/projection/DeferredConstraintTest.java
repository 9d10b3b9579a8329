package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.generation.TestGenerations;
import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Constraints between two base views of one topic, which hold once a record has been applied to both. */
class DeferredConstraintTest {

    private static final TopicPartition PARTITION = new TopicPartition("accounts", 0);

    private static final String FILE =
            """
            CREATE TABLE account (id bigint PRIMARY KEY, name text CHECK (name <> 'bad'));
            CALL source('account', 'accounts', '{"id": "key"}');
            CREATE TABLE address (id bigint PRIMARY KEY REFERENCES account DEFERRABLE INITIALLY DEFERRED, city text);
            CALL source('address', 'accounts', '{"id": "key"}');
            """;

    private final Map<String, String> servers =
            EmbeddedServersResource.servers().getConfiguration();
    private final String schema = "views_deferred_" + ProcessHandle.current().pid();
    private final ViewTables tables = new ViewTables(
            servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), schema);
    private final List<BaseView> views = TestGenerations.make(tables.pool, schema, FILE);
    private final ViewTransactions transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));
    private final Positions positions = new Positions(transactions, schema, "test");

    @AfterEach
    void drop() {
        tables.query("DROP SCHEMA %s CASCADE");
        tables.close();
    }

    @Test
    void areCheckedBehindEachRecordOfABatchThatIsAppliedInParts() {
        long epoch = positions
                .takeOver(List.of(PARTITION), 1, FixedLogs.of(PARTITION, "first", 100), stored -> null)
                .await()
                .indefinitely()
                .get(0)
                .epoch();
        Epochs epochs = new Epochs(Map.of(PARTITION.topic(), epoch));
        write(epochs, account(0, 1, "Kim"), account(1, 2, "Lee"));

        write(epochs, account(2, 3, "Ito"), account(3, 4, "bad"), record(4, 1, null), record(5, 2, null));

        assertThat(tables.query("SELECT \"offset\" FROM %s.dead_letter"))
                .extracting(row -> row.getLong(0))
                .containsExactly(3L);
        assertThat(tables.query("SELECT id FROM %s.account JOIN %s.address USING (id)"))
                .extracting(row -> row.getLong(0))
                .containsExactly(3L);
    }

    private void write(Epochs as, TopicRecord... records) {
        WriteBatch batch = new WriteBatch(PARTITION.partition(), views);
        Stream.of(records).forEach(batch::add);
        new BatchWriter(transactions, schema, views, positions)
                .write(batch, as)
                .await()
                .indefinitely();
    }

    private static TopicRecord account(long offset, long id, String name) {
        return record(offset, id, "{\"name\":\"%s\",\"city\":\"Ulm\"}".formatted(name));
    }

    private static TopicRecord record(long offset, long id, String value) {
        return new TopicRecord(
                PARTITION.topic(),
                PARTITION.partition(),
                offset,
                offset,
                new Message(
                        Long.toString(id).getBytes(UTF_8),
                        value == null ? null : value.getBytes(UTF_8),
                        1_752_732_223_000L));
    }
}
