package io.streamviews.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** What a schema of Kafka Connect, as its JsonConverter writes it, says of how a value is written. */
final class ConnectSchema {

    private static final Map<String, ValueFormat> BY_NAME = Map.ofEntries(
            Map.entry("io.debezium.time.Date", ValueFormat.EPOCH_DAYS),
            Map.entry("io.debezium.time.Timestamp", ValueFormat.EPOCH_MILLIS),
            Map.entry("io.debezium.time.MicroTimestamp", ValueFormat.EPOCH_MICROS),
            Map.entry("io.debezium.time.NanoTimestamp", ValueFormat.EPOCH_NANOS),
            Map.entry("io.debezium.time.Time", ValueFormat.MILLIS_OF_DAY),
            Map.entry("io.debezium.time.MicroTime", ValueFormat.MICROS_OF_DAY),
            Map.entry("io.debezium.time.NanoTime", ValueFormat.NANOS_OF_DAY),
            Map.entry("io.debezium.time.MicroDuration", ValueFormat.MICROS),
            Map.entry("io.debezium.data.Json", ValueFormat.JSON_TEXT),
            Map.entry("io.debezium.data.Bits", ValueFormat.BASE64_BITS),
            Map.entry("org.apache.kafka.connect.data.Date", ValueFormat.EPOCH_DAYS),
            Map.entry("org.apache.kafka.connect.data.Time", ValueFormat.MILLIS_OF_DAY),
            Map.entry("org.apache.kafka.connect.data.Timestamp", ValueFormat.EPOCH_MILLIS),
            Map.entry("org.apache.kafka.connect.data.Decimal", ValueFormat.BASE64_DECIMAL));

    private ConnectSchema() {}

    /** @return null if it says nothing of what stands at {@code root} and {@code path}, or no more than JSON does */
    static Encoding encoding(JsonNode schema, List<String> root, List<String> path) {
        JsonNode at = schema;
        for (String part : root) {
            at = field(at, part);
        }
        for (String part : path) {
            at = field(at, part);
        }
        while (at.path("type").asText().equals("array")) {
            at = at.path("items");
        }
        return at.isObject() ? of(at) : null;
    }

    private static JsonNode field(JsonNode schema, String name) {
        for (JsonNode field : schema.path("fields")) {
            if (field.path("field").asText().equals(name)) {
                return field;
            }
        }
        return schema.path(schema.path("type").asText().equals("map") ? "values" : "items");
    }

    private static Encoding of(JsonNode schema) {
        ValueFormat format = BY_NAME.get(schema.path("name").asText(""));
        if (format == null) {
            return null;
        }
        JsonNode parameters = schema.path("parameters");
        return new Encoding(
                format,
                switch (format) {
                    case BASE64_DECIMAL -> parameters.path("scale").asInt(0);
                    case BASE64_BITS -> parameters.path("length").asInt(-1);
                    default -> -1;
                });
    }
}
