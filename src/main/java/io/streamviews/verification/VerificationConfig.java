package io.streamviews.verification;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** When the views are verified without anybody asking, and how long it may take. */
@ConfigMapping(prefix = "streamviews.verification")
interface VerificationConfig {

    /** Time between the beginnings of two verifications, of all instances together; absent: none unless asked for. */
    Optional<Duration> every();

    /** What is compared then. */
    @WithDefault("shallow")
    Verification.Depth depth();

    /** How long PostgreSQL may take for one statement. */
    @WithDefault("10m")
    Duration timeout();
}
