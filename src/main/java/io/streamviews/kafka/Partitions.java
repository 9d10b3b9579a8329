package io.streamviews.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.utils.Utils;

/** Which partition a record goes to: Kafka's own rule for records that have a key. */
public final class Partitions {

    private Partitions() {}

    /** @param count partitions of the topic */
    public static int of(String key, int count) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % count;
    }
}
