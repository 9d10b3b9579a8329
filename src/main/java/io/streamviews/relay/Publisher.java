package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import java.util.List;

/** Where the relay publishes to. */
@FunctionalInterface
public interface Publisher {

    /**
     * Publishes in order, and completes when every event is acknowledged by all replicas that the topic asks for. Fails
     * when one is not, and not before the outcome of all is known: then nothing is on its way any more that could
     * arrive behind what is published next.
     *
     * @param until the {@link System#nanoTime} from which on events are refused instead of being sent
     */
    Uni<Void> publish(List<Event> events, long until);
}
