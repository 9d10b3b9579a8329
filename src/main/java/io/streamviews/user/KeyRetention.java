package io.streamviews.user;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Retention;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Forgets idempotency keys some time after they were last used; a request with a forgotten key is a new request. */
@ApplicationScoped
public class KeyRetention {

    private static final String FORGET =
            """
            DELETE FROM public.idempotency_key WHERE key IN (
                SELECT key FROM public.idempotency_key WHERE used_at < $1 LIMIT $2)
            """;

    private final Retention retention;
    private final Duration age;
    private final boolean enabled;

    KeyRetention(
            Retention retention,
            @ConfigProperty(name = "streamviews.idempotency.retention", defaultValue = "24h") Duration age,
            @ConfigProperty(name = "streamviews.user.enabled") boolean enabled) {
        this.retention = retention;
        this.age = age;
        this.enabled = enabled;
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            retention.keep(FORGET, age);
        }
    }

    public Uni<Void> forget() {
        return retention.forget(FORGET, age);
    }
}
