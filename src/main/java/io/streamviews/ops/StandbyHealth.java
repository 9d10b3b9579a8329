package io.streamviews.ops;

import io.streamviews.view.Standby;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Says whether views are read on the standby, and why not. Always ready: else they are read on the primary. */
@Readiness
@ApplicationScoped
final class StandbyHealth implements HealthCheck {

    private final Standby standby;

    StandbyHealth(Standby standby) {
        this.standby = standby;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("standby").up();
        if (!standby.isNamed()) {
            return response.withData("enabled", false).build();
        }
        standby.trouble().ifPresent(trouble -> response.withData("trouble", trouble));
        if (standby.lag() != null) {
            response.withData("lagMs", standby.lag().toMillis());
        }
        return response.withData("read", standby.trouble().isEmpty()).build();
    }
}
