package io.streamviews.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.json.Json;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record as one line; what is no text is given in base64. */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
record RecordLine(
        int partition, long offset, String timestamp, String key, String keyBase64, String value, String valueBase64) {

    static String json(ConsumerRecord<byte[], byte[]> record) {
        return Json.encode(new RecordLine(
                record.partition(),
                record.offset(),
                time(record),
                RecordText.text(record.key()),
                RecordText.base64UnlessText(record.key()),
                RecordText.text(record.value()),
                RecordText.base64UnlessText(record.value())));
    }

    /** Key, time, partition, offset and payload, with tabs between them. */
    static String text(ConsumerRecord<byte[], byte[]> record) {
        return String.join(
                "\t",
                RecordText.line(record.key()),
                time(record),
                Integer.toString(record.partition()),
                Long.toString(record.offset()),
                RecordText.line(record.value()));
    }

    private static String time(ConsumerRecord<byte[], byte[]> record) {
        return Instant.ofEpochMilli(record.timestamp()).toString();
    }
}
