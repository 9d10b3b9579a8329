package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What clients may take of this process. */
@ConfigMapping(prefix = "streamviews.limits")
public interface LimitsConfig {

    /** How long a client may leave what it was sent unread, before it is cut. */
    @WithDefault("10s")
    Duration patience();

    /** Most connections of all ports; more are closed at once. */
    @WithDefault("2000")
    int connections();

    /** How long the head of a request may take. */
    @WithDefault("10s")
    Duration headTime();

    /** Most requests in flight; health and metrics are not among them. */
    @WithDefault("1000")
    int requests();

    /** Most bytes of answers that are ready and that their clients have not taken; who comes on top is cut. */
    @WithDefault("64M")
    MemorySize unreadBytes();

    /** How long a request's body may take, other than a stream's. */
    @WithDefault("30s")
    Duration bodyTime();

    /** Most clients that read the records of topics. */
    @WithDefault("4")
    int recordReaders();

    /** Most of these from one address. */
    @WithDefault("2")
    int recordReadersOfOne();
}
