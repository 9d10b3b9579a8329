package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What clients may take of this process. */
@ConfigMapping(prefix = "streamviews.limits")
public interface LimitsConfig {

    /** How long a client may take nothing of what it was sent, before it is cut. */
    @WithDefault("10s")
    Duration patience();

    /** Most connections of all ports; for more, those are closed that have had no request to answer for longest. */
    @WithDefault("2000")
    int connections();

    /** How long the head of a request may take. */
    @WithDefault("10s")
    Duration headTime();

    /** Most requests in flight; those for health come in all the same. */
    @WithDefault("1000")
    int requests();

    /** Most bytes of answers that their clients have not taken; who has taken nothing for longest is cut for the others. */
    @WithDefault("64M")
    MemorySize unreadBytes();

    /** Most bytes of bodies whose requests have not been answered; of those that are not whole the first to begin is refused. */
    @WithDefault("64M")
    MemorySize bodyBytes();

    /** How long a request's body may take; a stream's has to bring something in each such time. */
    @WithDefault("30s")
    Duration bodyTime();

    /** Most streams of users. */
    @WithDefault("20")
    int streams();

    /** Most of these from one address. */
    @WithDefault("10")
    int streamsOfOne();

    /** Most clients that read the records of topics. */
    @WithDefault("4")
    int recordReaders();

    /** Most of these from one address. */
    @WithDefault("2")
    int recordReadersOfOne();
}
