package io.streamviews.rest;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.util.RawValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;

/** Pages of an aggregate's events, each as it was published; the key of a page is the version. */
@ApplicationScoped
public class History {

    private final EventLog log;

    History(EventLog log) {
        this.log = log;
    }

    /** @return 404 for what never existed; what was deleted still has its history */
    public Uni<Response> page(String aggregateType, String name, long id, PageRequest page) {
        return log.history(aggregateType, id, page.after(), page.bound())
                .call(events -> events.entries().isEmpty()
                        ? requireAny(aggregateType, name, id)
                        : Uni.createFrom().voidItem())
                .map(events -> Pages.page(
                        page, events, Event::version, event -> new Published(new RawValue(event.payload()))));
    }

    private Uni<Void> requireAny(String aggregateType, String name, long id) {
        return log.first(aggregateType, id, Long.MIN_VALUE)
                .invoke(first -> {
                    if (first.isEmpty()) {
                        throw RefusedException.unknown(name, id);
                    }
                })
                .replaceWithVoid();
    }

    @RegisterForReflection
    record Published(@JsonValue RawValue json) {}
}
