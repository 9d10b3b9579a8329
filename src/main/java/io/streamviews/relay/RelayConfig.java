package io.streamviews.relay;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the relay works. */
@ConfigMapping(prefix = "streamviews.relay")
public interface RelayConfig {

    /** Whether this process takes part. Of all that do, one is active; if none does, Debezium publishes in their place. */
    @WithDefault("true")
    boolean enabled();

    /** Most events that are published before the cursor moves. */
    @WithDefault("2000")
    int batchSize();

    /** Most bytes of events that are published before the cursor moves; a single event may have more. */
    @WithDefault("4000000")
    int batchBytes();

    /**
     * The least time between the beginnings of two rounds, unless the first one was full: what an event waits at most for
     * others under a steady load. One that comes after a rest does not wait.
     */
    @WithDefault("10ms")
    Duration interval();

    /** How often the relay looks for events that nobody woke it for. */
    @WithDefault("500ms")
    Duration pollInterval();

    /** How often a relay that is not active tries to become it. */
    @WithDefault("1s")
    Duration standbyInterval();

    /** Longest pause between attempts to reach what is away. */
    @WithDefault("5s")
    Duration maxBackOff();

    /** How long the broker may take to acknowledge a batch before the relay says that it is away. */
    @WithDefault("3s")
    Duration patience();

    /** How often the relay that publishes is heard of in the database, whatever it waits for. */
    @WithDefault("1s")
    Duration heartbeat();

    /**
     * Who has not been heard of for so long is replaced. In the last two thirds of it nothing is given to the producer any
     * more: its blocking and delivery time-outs together must not be longer.
     */
    @WithDefault("15s")
    Duration frozenAfter();

    /**
     * How long after it took over from a relay that did not end in order a relay publishes everything since then once
     * more; longer than the producer's blocking and delivery time-outs together.
     */
    @WithDefault("20s")
    Duration repeatAfter();

    /** Whether records carry the attributes of CloudEvents as headers. */
    @WithDefault("false")
    boolean cloudEvents();

    /** Unready when events have waited for so long, and none was published. */
    @WithDefault("30s")
    Duration stuckAfter();
}
