package io.streamviews.projection.generation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.Positions;
import io.streamviews.projection.TopicRecord;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.projection.WriteBatch;
import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import io.streamviews.source.Message;
import io.vertx.core.json.Json;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values of every type, from a record into a row; and what is said where a type or a row does not take one. */
class ColumnTypesTest {

    private static final String FILE =
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE DOMAIN positive AS integer CHECK (value > 0);
            CREATE TABLE thing (
                id bigint PRIMARY KEY, c_small smallint, c_int integer, c_big bigint, c_num numeric, c_money numeric(6,2),
                c_real real, c_double double precision, c_bool boolean, c_text text, c_varchar varchar(3), c_char char(3),
                c_uuid uuid, c_date date, c_days date, c_ts timestamp, c_tstz timestamptz, c_secs timestamptz,
                c_millis timestamptz, c_micros timestamp, c_bytea bytea, c_hex bytea, c_jsonb jsonb, c_json json,
                c_texts text[], c_ints integer[], c_bytes bytea[], c_docs jsonb[], c_mood mood, c_moods mood[],
                c_positive positive, c_inet inet, c_interval interval, c_micro interval, c_time time, c_bits bit(4),
                c_set text NOT NULL DEFAULT 'made', CONSTRAINT small_enough CHECK (c_int < 1000000));
            CALL source('thing', topic => 'things', columns => '{
                "c_days": {"path": "/c_days", "format": "epoch-days"}, "c_secs": {"path": "/c_secs", "format": "epoch-seconds"},
                "c_millis": {"path": "/c_millis", "format": "epoch-millis"}, "c_set": "/c_set",
                "c_micros": {"path": "/c_micros", "format": "epoch-micros"}, "c_hex": {"path": "/c_hex", "format": "hex"},
                "c_micro": {"path": "/c_micro", "format": "micros"}, "c_time": {"path": "/c_time", "format": "micros-of-day"},
                "c_bits": {"path": "/c_bits", "format": "base64-bits"}}');
            """;

    private static final String SCHEMA =
            "views_test_types_" + ProcessHandle.current().pid();

    private static ViewTables tables;
    private static List<BaseView> views;
    private static ViewTransactions transactions;
    private static BatchWriter writer;
    private static long offset;

    @BeforeAll
    static void make() {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        tables = new ViewTables(
                servers.get("quarkus.datasource.reactive.url"), servers.get("quarkus.datasource.username"), SCHEMA);
        views = TestGenerations.make(tables.pool, SCHEMA, FILE);
        transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));
        writer = new BatchWriter(transactions, SCHEMA, views, new Positions(transactions, SCHEMA, "test"));
    }

    @AfterAll
    static void drop() {
        tables.query("DROP SCHEMA %s CASCADE");
        tables.close();
    }

    private static WriteBatch batch(String column, String json) {
        WriteBatch batch = new WriteBatch(0, views);
        batch.add(record(column, json));
        return batch;
    }

    private static TopicRecord record(String column, String json) {
        offset++;
        String value = "{\"id\":1,\"c_set\":\"x\",\"%s\":%s}".formatted(column, json);
        return new TopicRecord("things", 0, offset, offset, new Message(null, value.getBytes(UTF_8), 0));
    }

    private static void write(WriteBatch batch) {
        transactions
                .run(connection -> BatchWriter.atOnce(writer.rowStatements(connection, batch)))
                .await()
                .indefinitely();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "c_small | -32768 | -32768",
                "c_int | \"-5\" | -5",
                "c_big | 9223372036854775807 | 9223372036854775807",
                "c_num | 12345678901234567890123456789.10 | 12345678901234567890123456789.10",
                "c_num | {\"scale\":2,\"value\":\"BNI=\"} | 12.34",
                "c_money | 9999.994 | 9999.99",
                "c_money | 1e2 | 100.00",
                "c_real | 1.5 | 1.5",
                "c_double | 1e308 | 1e+308",
                "c_double | \"NaN\" | NaN",
                "c_bool | true | true",
                "c_text | \"\\u0041\\n'\\\\\\\"\" | E'A\\n''\\\\\"'",
                "c_varchar | \"한글é\" | 한글é",
                "c_char | \"a  \" | a",
                "c_uuid | \"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11\" | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "c_date | \"0001-01-01\" | 0001-01-01",
                "c_days | -1 | 1969-12-31",
                "c_ts | \"2025-07-17T06:03:43.792924968\" | 2025-07-17 06:03:43.792924",
                "c_tstz | \"2025-07-17T06:03:43+09:00\" | 2025-07-16 21:03:43+00",
                "c_tstz | [2025,7,17,6,3] | 2025-07-17 06:03:00+00",
                "c_secs | 1 | 1970-01-01 00:00:01+00",
                "c_millis | -1 | 1969-12-31 23:59:59.999+00",
                "c_micros | 1 | 1970-01-01 00:00:00.000001",
                "c_bytea | \"AP8=\" | \\x00ff",
                "c_hex | \"00ff\" | \\x00ff",
                "c_jsonb | {\"b\": [1.10, 123456789012345678901234567890]} | {\"b\": [1.10, 123456789012345678901234567890]}",
                "c_json | { \"b\" : 1.10 } | { \"b\" : 1.10 }",
                "c_jsonb | \"text\" | \"text\"",
                "c_texts | [\"a\\\"b\", null, \"NULL\", \"\"] | {\"a\\\"b\",NULL,\"NULL\",\"\"}",
                "c_ints | [[1,2],[3,4]] | {{1,2},{3,4}}",
                "c_ints | \"{5,6}\" | {5,6}",
                "c_ints | [] | {}",
                "c_bytes | [\"AP8=\"] | {\"\\\\x00ff\"}",
                "c_docs | [{\"a\":1},[2]] | {\"{\\\"a\\\": 1}\",[2]}",
                "c_mood | \"happy\" | happy",
                "c_moods | [\"sad\",\"happy\"] | {sad,happy}",
                "c_positive | 3 | 3",
                "c_inet | \"10.0.0.1/8\" | 10.0.0.1/8",
                "c_interval | \"P1DT2H\" | 1 day 02:00:00",
                "c_micro | 1500000 | 00:00:01.5",
                "c_time | 86400000000 | 24:00:00",
                "c_bits | \"BQ==\" | 0101"
            })
    void aValueComesIntoItsRow(String column, String json, String expected) {
        write(batch(column, json));

        String wanted = expected.startsWith("E'") ? expected : "'" + expected.replace("'", "''") + "'";
        assertThat(tables.value("SELECT %s::text = %s::text OR %s::text = %s FROM SCHEMA.thing"
                        .formatted(column, wanted, column, wanted)
                        .replace("SCHEMA", "%s")))
                .as("is %s", tables.value("SELECT " + column + "::text FROM %s.thing"))
                .isEqualTo(true);
        write(batch(column, "null"));
        assertThat(tables.value("SELECT " + column + " IS NULL FROM %s.thing")).isEqualTo(true);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "c_small | 32768 | expected an integer from -32768 to 32767 at /c_small, found 32768",
                "c_big | 9223372036854775808 | expected an integer",
                "c_int | 1.5 | expected an integer",
                "c_int | [1] | found [1]",
                "c_money | 9999.995 | expected a number of at most 4 digits before the point",
                "c_num | 1e999999999 | expected a number of at most 1000 digits",
                "c_double | 1e400 | expected a number that double precision can hold",
                "c_bool | 1 | expected true or false",
                "c_text | \"a\\u0000\" | expected a text that does not contain",
                "c_varchar | \"abcd\" | expected a text that is not longer",
                "c_uuid | \"a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11\" | expected a UUID",
                "c_date | \"2025-02-30\" | expected a date",
                "c_days | 9999999999 | expected a date in the years",
                "c_tstz | \"yesterday\" | expected a time in ISO 8601",
                "c_bytea | \"?\" | expected bytes in Base64",
                "c_jsonb | {\"a\":\"\\u0000\"} | expected a document without",
                "c_ints | [1,\"x\"] | c_ints: expected an integer"
            })
    void aValueThatDoesNotFitIsADeadLetterThatNamesIt(String column, String json, String message) {
        WriteBatch batch = batch(column, json);

        assertThat(batch.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.error()).startsWith("thing." + column + ": ").contains(message);
            assertThat(letter.rowKey()).isEqualTo("1");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "c_mood | \"angry\" | thing.c_mood: invalid input value for enum",
                "c_inet | \"there\" | thing.c_inet: invalid input syntax for type inet: \"there\"; it is read at /c_inet",
                "c_int | 1000000 | violates check constraint \"small_enough\"; Failing row contains",
                "c_set | null | thing.c_set: null value in column \"c_set\"",
                "c_positive | -1 | thing: value for domain"
            })
    void whatPostgresqlRefusesNamesItsColumnOrConstraint(String column, String json, String message) {
        TopicRecord record = record(column, json);
        WriteBatch batch = new WriteBatch(0, views);
        batch.add(record);

        try {
            write(batch);
            throw new AssertionError("PostgreSQL took it");
        } catch (PgException refused) {
            assertThat(batch.deadLetter(record, refused).error())
                    .startsWith("thing")
                    .contains(message);
        }
    }

    @Test
    void aFeedTellsValuesAsJson() {
        assertThat(told("c_texts", "[\"a\",null]")).isEqualTo("[\"a\",null]");
        assertThat(told("c_ints", "[[1],[2]]")).isEqualTo("[[1],[2]]");
        assertThat(told("c_bytea", "\"AP8=\"")).isEqualTo("\"AP8=\"");
        assertThat(told("c_money", "\"1.5\"")).isEqualTo("1.50");
        assertThat(told("c_jsonb", "{\"a\": 1.10}")).isEqualTo("{\"a\": 1.10}");
    }

    private static String told(String column, String json) {
        BaseView view = views.get(0);
        Change.Upsert upsert = (Change.Upsert) view.read(record(column, json).message());
        for (int i = 0; i < view.columns().size(); i++) {
            if (view.columns().get(i).name().equals(column)) {
                return Json.encode(view.columns().get(i).type().told(upsert.values()[i]));
            }
        }
        throw new AssertionError(column);
    }
}
