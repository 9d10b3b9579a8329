package io.streamviews.relay;

import io.streamviews.kafka.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Down on every instance, whichever of them publishes, once events have waited for the time allowed and none was published,
 * and says why. What keeps the relay from its work is named at once; commands work meanwhile.
 */
@Readiness
@ApplicationScoped
public class RelayReadiness implements HealthCheck {

    private final RelayAtStart relay;
    private final Topics topics;
    private final RelayWatch watch;
    private final Backlog backlog;

    RelayReadiness(RelayAtStart relay, Topics topics, RelayWatch watch, Backlog backlog) {
        this.relay = relay;
        this.topics = topics;
        this.watch = watch;
        this.backlog = backlog;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("relay");
        relay.state()
                .ifPresentOrElse(
                        state -> response.withData("active", state.isActive()),
                        () -> response.withData("enabled", false));
        backlog.events().ifPresent(events -> response.withData("backlog", events));
        watch.trouble().ifPresent(trouble -> response.withData("trouble", trouble));
        relay.state()
                .flatMap(RelayState::lastError)
                .or(topics::trouble)
                .or(watch::lastError)
                .ifPresent(error -> response.withData("lastError", error));
        return response.status(watch.trouble().isEmpty()).build();
    }
}
