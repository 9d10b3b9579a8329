package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What Debezium's and CloudEvents' records ask of a view. */
class EnvelopesTest {

    private static final List<TableColumn> COLUMNS = List.of(
            new TableColumn("id", "bigint", "int8", -1, true, false),
            new TableColumn("price", "numeric", "numeric", (12 << 16 | 2) + 4, false, false),
            new TableColumn("day", "date", "date", -1, false, false),
            new TableColumn("data", "jsonb", "jsonb", -1, false, false));

    private static final String SCHEMA =
            """
            {"type":"struct","fields":[{"field":"before","type":"struct","fields":[{"field":"id","type":"int64"}]},
            {"field":"after","type":"struct","fields":[{"field":"id","type":"int64"},
              {"field":"price","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"%d"}},
              {"field":"day","type":"int32","name":"io.debezium.time.Date"},
              {"field":"data","type":"string","name":"io.debezium.data.Json"}]},{"field":"op","type":"string"}]}
            """;

    private final BaseView debezium = view("\"envelope\":\"debezium\"");

    private static BaseView view(String declaration) {
        return BaseView.of("v", "t", COLUMNS, List.of("id"), "{" + declaration + "}");
    }

    private static Message message(String key, String value) {
        return new Message(key == null ? null : key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8), 0);
    }

    private static Object[] values(BaseView view, Message message) {
        return ((Change.Upsert) view.read(message)).values();
    }

    @Test
    void aSchemaSaysHowValuesAreWritten() {
        for (int scale : new int[] {2, 1, 2, 1}) {
            String value = "{\"schema\":%s,\"payload\":{\"before\":null,\"after\":%s,\"op\":\"c\"}}"
                    .formatted(
                            SCHEMA.formatted(scale),
                            "{\"id\":1,\"price\":\"BNI=\",\"day\":1,\"data\":\"{\\\"a\\\":1.50}\"}");

            Object[] values = values(debezium, message("{\"id\":1}", value));

            assertThat(values[0]).isEqualTo(new BigDecimal(scale == 2 ? "12.34" : "123.40"));
            assertThat(values[1]).hasToString("1970-01-02");
            assertThat(values[2]).isEqualTo("{\"a\":1.50}");
        }
    }

    @Test
    void aSchemaMayStandBehindWhatItDescribes() {
        String value = " {\"payload\":{\"after\":{\"id\":1,\"price\":\"BNI=\"},\"op\":\"r\"} , \"schema\":%s}"
                .formatted(SCHEMA.formatted(2));

        assertThat(values(debezium, message(null, value))[0]).isEqualTo(new BigDecimal("12.34"));
    }

    @Test
    void withoutASchemaFormatsSayIt() {
        BaseView view = view("\"envelope\":\"debezium\",\"columns\":{\"price\":{\"path\":\"/price\",\"format\":"
                + "\"base64-decimal\"},\"day\":{\"path\":\"/day\",\"format\":\"epoch-days\"}}");

        Object[] values = values(
                view, message(null, "{\"op\":\"u\",\"after\":{\"id\":1,\"price\":\"BNI=\",\"day\":1,\"data\":null}}"));

        assertThat(values).containsExactly(new BigDecimal("12.34"), java.time.LocalDate.of(1970, 1, 2), null);
    }

    @Test
    void aDeletionIsOfTheRowBeforeOrOfTheRecordsKey() {
        for (Message message : List.of(
                message(null, "{\"op\":\"d\",\"before\":{\"id\":7,\"price\":null},\"after\":null}"),
                message("{\"id\":7}", "{\"op\":\"d\",\"before\":null,\"after\":null}"),
                message(
                        "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"id\":7}}",
                        "{\"op\":\"d\",\"before\":null}"))) {
            assertThat(debezium.read(message))
                    .isInstanceOfSatisfying(
                            Change.Delete.class, gone -> assertThat(gone.key()).hasToString("7"));
            assertThat(debezium.rowOf(message)).hasToString("7");
        }
        assertThat(debezium.read(message("{\"schema\":null,\"payload\":{\"id\":7}}", null)))
                .isInstanceOfSatisfying(
                        Change.Tombstone.class, gone -> assertThat(gone.key()).hasToString("7"));
    }

    @Test
    void whatIsNoChangeOfARowIsRefusedInWords() {
        refused("{\"op\":\"t\"}", "TRUNCATE");
        refused("{\"ts_ms\":1}", "found nothing; heartbeats");
        refused("{\"op\":\"x\"}", "found \"x\"");
        refused("{\"op\":\"c\",\"after\":{\"id\":1,\"data\":\"__debezium_unavailable_value\"}}", "v.data", "REPLICA");
        refused("{\"op\":\"u\",\"before\":{\"id\":1},\"after\":{\"id\":2}}", "another key, 2 instead of 1");
        refused("{\"op\":\"d\",\"before\":null}", "without a key");
        refused("{\"schema\":{}}", "payload");
        refused("{\"schema\":{},\"payload\":{\"op\":\"c\"}", "Not JSON");
        refused("{\"op\":\"c\",\"after\":{\"id\":\"seven\"}}", "v.id: expected an integer", "/id", "\"seven\"");
        refused("{\"op\":\"c\",\"after\":{\"id\":1,\"price\":1e999999999}}", "v.price: expected", "1e999999999");
        refused("{\"op\":\"c\",\"after\":{\"id\":1,\"price\":" + "9".repeat(100_000) + "}}", "v.price", "9…");
        refused("[".repeat(100_000), "beyond what is read");
    }

    private void refused(String value, String... says) {
        assertThatThrownBy(() -> debezium.read(message(null, value)))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContainingAll(says);
    }

    @Test
    void aCloudEventIsReadInBothModes() {
        BaseView view = view(
                "\"envelope\":\"cloudevents\",\"columns\":{\"id\":\"ce/subject\",\"day\":"
                        + "{\"path\":\"ce/time\",\"format\":\"epoch-millis\"}},\"deleted\":{\"path\":\"ce/type\",\"values\":[\"gone\"]}");
        RecordHeaders headers = new RecordHeaders();
        headers.add("ce_specversion", "1.0".getBytes(UTF_8));
        headers.add("ce_subject", "5".getBytes(UTF_8));
        headers.add("ce_time", "86400000".getBytes(UTF_8));

        Message binary = new Message(null, "{\"price\":1.5}".getBytes(UTF_8), headers, 0);
        Message structured =
                message(null, "{\"specversion\":\"1.0\",\"subject\":\"5\",\"time\":86400000,\"data\":{\"price\":1.5}}");
        Message encoded = message(
                null,
                "{\"specversion\":\"1.0\",\"subject\":\"5\",\"time\":86400000,\"data_base64\":\"eyJwcmljZSI6MS41fQ==\"}");

        for (Message message : List.of(binary, structured, encoded)) {
            assertThat(view.read(message).key()).hasToString("5");
            assertThat(values(view, message))
                    .containsExactly(new BigDecimal("1.50"), java.time.LocalDate.of(1970, 1, 2), null);
        }
        assertThat(view.read(message(null, "{\"specversion\":\"1.0\",\"subject\":\"5\",\"type\":\"gone\"}")))
                .isInstanceOf(Change.Delete.class);
        assertThatThrownBy(() -> view.read(message(null, "{\"data\":{}}")))
                .hasMessageContaining("expected a CloudEvent");
        assertThatThrownBy(() -> view("\"columns\":{\"day\":\"ce/time\"}")).hasMessageContaining("another kind");
    }

    @Test
    void keysAreReadHoweverTheyAreWritten() {
        for (BaseView view :
                List.of(view("\"columns\":{\"id\":\"key\"}"), view("\"columns\":{\"id\":\"/order/id\"}"))) {
            assertThat(view.read(message("7", null)).key()).hasToString("7");
        }
        BaseView longs = view("\"columns\":{\"id\":\"key\"},\"keyFormat\":\"long\"");
        assertThat(longs.read(new Message(new byte[] {0, 0, 0, 0, 0, 0, 1, 0}, null, 0))
                        .key())
                .hasToString("256");
        assertThatThrownBy(() -> longs.read(message("7", null))).hasMessageContaining("8 bytes, found 1");
        assertThat(view("\"columns\":{\"id\":\"key/id\"}")
                        .read(message("{\"id\":7}", null))
                        .key())
                .hasToString("7");
        assertThat(view("\"columns\":{\"id\":\"/order/id\"}")
                        .read(message("{\"id\":7}", null))
                        .key())
                .hasToString("7");
        BaseView json = view("\"columns\":{\"id\":\"key\"},\"keyFormat\":\"json\"");
        assertThat(json.read(message("\"7\"", "{}")).key()).hasToString("7");
        assertThat(json.read(message("{\"schema\":{},\"payload\":7}", null)).key())
                .hasToString("7");
        BaseView both = BaseView.of("v", "t", COLUMNS, List.of("id", "price"), "{}");
        assertThat(both.read(message("{\"price\":1.0,\"id\":7}", null)).key())
                .isEqualTo(both.read(message(null, "{\"id\":7,\"price\":1}")).key());
        assertThatThrownBy(() -> both.read(message("{\"id\":7}", null))).hasMessageContaining("key/price");
    }
}
