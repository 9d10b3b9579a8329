package io.streamviews.user;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.mutiny.Uni;
import io.streamviews.event.Event;
import io.streamviews.event.EventLog;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import io.streamviews.user.UserEvent.Type;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/** Users as they were, out of the event log, which has the whole state after each event. */
@ApplicationScoped
class PastUsers {

    private final EventLog log;

    PastUsers(EventLog log) {
        this.log = log;
    }

    /** The user as a version left it; fails with a {@link RefusedException} (404) if there was none then. */
    Uni<Versioned<UserData>> inVersion(long id, long version) {
        return log.first(UserEvent.AGGREGATE, id, version - 1)
                .chain(event ->
                        event.filter(found -> found.version() == version).isPresent()
                                ? Uni.createFrom().item(state(event.get()))
                                : created(id).map(first -> {
                                    throw RefusedException.absent("User %d has no version %d".formatted(id, version));
                                }));
    }

    /** The user after the last event up to an instant; fails with a {@link RefusedException} (404) if there was none. */
    Uni<Versioned<UserData>> at(long id, Instant at) {
        return log.last(UserEvent.AGGREGATE, id, at)
                .chain(event -> event.isPresent()
                        ? Uni.createFrom().item(state(event.get()))
                        : created(id).map(first -> {
                            throw RefusedException.absent("User %d did not exist yet at %s: it was created at %s"
                                    .formatted(id, at, first.occurredAt()));
                        }));
    }

    private Uni<Event> created(long id) {
        return log.first(UserEvent.AGGREGATE, id, Long.MIN_VALUE)
                .map(first -> first.orElseThrow(() -> RefusedException.unknown("User", id)));
    }

    private static Versioned<UserData> state(Event event) {
        UserEvent change = UserEvent.CODEC.decode(event.payload().getBytes(UTF_8));
        if (change.eventType() == Type.USER_DELETED) {
            throw RefusedException.absent("User %d was deleted at %s, by version %d"
                    .formatted(change.userId(), event.occurredAt(), event.version()));
        }
        return new Versioned<>(change.user(), event.version());
    }
}
