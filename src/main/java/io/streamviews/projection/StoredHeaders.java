package io.streamviews.projection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A record's headers as a dead letter keeps them: a JSON array of names and values, the values in Base64. It is kept as text,
 * since jsonb refuses the character U+0000, which a name may have.
 */
public final class StoredHeaders {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private StoredHeaders() {}

    /** A header. */
    @RegisterForReflection
    record Stored(String name, byte[] value) {}

    /** @return null if there are none */
    static String of(Headers headers) {
        List<Stored> stored = new ArrayList<>();
        for (Header header : headers) {
            stored.add(new Stored(header.key(), header.value()));
        }
        try {
            return stored.isEmpty() ? null : JSON.writeValueAsString(stored);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** @param stored null if there are none */
    public static Headers read(String stored) {
        RecordHeaders headers = new RecordHeaders();
        try {
            if (stored != null) {
                for (Stored header : JSON.readValue(stored, Stored[].class)) {
                    headers.add(header.name(), header.value());
                }
            }
            return headers;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
