package io.streamviews.relay;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What a record says, and when it must not be sent any more: if one before it in its batch was not sent, which would come
 * behind it when the batch is published again; and from the {@link System#nanoTime} on when another relay may have taken over,
 * as it may have for a process that was frozen. It is refused at the last moment that is ours: queues and waits are behind it
 * then, and the producer's delivery time-out runs.
 */
record TimelyPayload(String payload, long until, Acknowledgements batch) {

    /** Named in the configuration of the channel. */
    public static final class Bytes implements Serializer<TimelyPayload> {

        @Override
        public byte[] serialize(String topic, TimelyPayload timely) {
            if (timely.batch.haveFailed()) {
                throw new TimeoutException("an event before this one was not sent");
            }
            if (System.nanoTime() - timely.until > 0) {
                throw new TimeoutException("given to the producer when another relay may have taken over");
            }
            return timely.payload.getBytes(StandardCharsets.UTF_8);
        }
    }
}
