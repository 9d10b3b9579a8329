package io.streamviews.access;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Retention;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Forgets what operators have asked for, some time after: it says who they were, and from where. */
@ApplicationScoped
class AuditRetention {

    private static final String FORGET = "SELECT public.forget_audit($1, $2)";

    private final Retention retention;
    private final Duration age;

    AuditRetention(
            Retention retention,
            @ConfigProperty(name = "streamviews.audit.retention", defaultValue = "400d") Duration age) {
        this.retention = retention;
        this.age = age;
    }

    void onStart(@Observes StartupEvent start) {
        retention.keep(FORGET, age);
    }

    Uni<Void> forget() {
        return retention.forget(FORGET, age);
    }
}
