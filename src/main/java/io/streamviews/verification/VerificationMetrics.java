package io.streamviews.verification;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.streamviews.verification.Verification.Depth;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** What the latest verifications found, whichever instance did them. */
@ApplicationScoped
class VerificationMetrics {

    private static final Logger LOG = Logger.getLogger(VerificationMetrics.class);

    private final VerificationLog log;
    private final Map<Depth, Verification> latest = new ConcurrentHashMap<>();

    VerificationMetrics(
            VerificationLog log,
            MeterRegistry meters,
            @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.log = log;
        if (enabled) {
            for (Depth depth : Depth.values()) {
                register(depth, meters);
            }
        }
    }

    private void register(Depth depth, MeterRegistry meters) {
        Gauge.builder("streamviews.verification.differences", () -> value(depth, Verification::differing))
                .description("Rows that were not what they must be, when this was last verified; NaN: it never was")
                .tag("depth", depth.text())
                .register(meters);
        Gauge.builder(
                        "streamviews.verification.finished.timestamp",
                        () -> value(depth, done -> done.finishedAt().getEpochSecond()))
                .description("When this was last verified; NaN: it never was")
                .baseUnit("seconds")
                .tag("depth", depth.text())
                .register(meters);
    }

    /** Looks into the log. Blocks. */
    void refresh() {
        try {
            for (Depth depth : Depth.values()) {
                log.latestDone(depth).ifPresent(done -> latest.put(depth, done));
            }
        } catch (SQLException away) {
            LOG.debug("The latest verifications could not be looked up", away);
        }
    }

    private double value(Depth depth, ToLongFunction<Verification> value) {
        return Optional.ofNullable(latest.get(depth))
                .map(done -> (double) value.applyAsLong(done))
                .orElse(Double.NaN);
    }
}
