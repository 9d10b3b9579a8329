package io.streamviews.verification;

import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Whether it is time for a verification that nobody asks for, by the log that all instances share. */
@Singleton
class VerificationDue {

    private static final Duration LOOK = Duration.ofMinutes(1);

    private final VerificationLog log;
    private final VerificationConfig config;
    private final Clock clock;
    private final boolean enabled;

    VerificationDue(
            VerificationLog log,
            VerificationConfig config,
            Clock clock,
            @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.log = log;
        this.config = config;
        this.clock = clock;
        this.enabled = enabled;
    }

    /** How often is to be looked whether it is time; empty where there are no views. */
    Optional<Duration> look() {
        return enabled
                ? Optional.of(config.every()
                        .filter(every -> every.compareTo(LOOK) < 0)
                        .orElse(LOOK))
                : Optional.empty();
    }

    /** What is to be verified now. Blocks. */
    Optional<Verification.Depth> now() throws SQLException {
        if (config.every().isEmpty()) {
            return Optional.empty();
        }
        Optional<Verification> latest = log.latest(config.depth());
        return latest.isEmpty()
                        || !latest.get().startedAt().plus(config.every().get()).isAfter(clock.instant())
                ? Optional.of(config.depth())
                : Optional.empty();
    }
}
