package io.streamviews.event;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Up also while the broker is away, because commands work; the data say what the relay is at. */
@Readiness
@ApplicationScoped
public class RelayReadiness implements AsyncHealthCheck {

    private final RelayAtStart relay;
    private final Backlog backlog;

    RelayReadiness(RelayAtStart relay, Backlog backlog) {
        this.relay = relay;
        this.backlog = backlog;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("relay").up();
        relay.state()
                .ifPresentOrElse(
                        state -> {
                            response.withData("active", state.isActive());
                            backlog.events().ifPresent(events -> response.withData("backlog", events));
                            state.lastError().ifPresent(error -> response.withData("lastError", error));
                        },
                        () -> response.withData("enabled", false));
        return Uni.createFrom().item(response.build());
    }
}
