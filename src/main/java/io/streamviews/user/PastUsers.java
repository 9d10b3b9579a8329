package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import io.streamviews.user.UserEvent.Type;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/** Users as they were, out of the event log, which has the whole state after each event. */
@ApplicationScoped
class PastUsers {

    private static final String IS_ERASED = "SELECT FROM public.erasure WHERE subject = $1";

    private final EventLog log;
    private final Pool pool;

    PastUsers(EventLog log, Pool pool) {
        this.log = log;
        this.pool = pool;
    }

    /** The user as a version left it; fails with a {@link RefusedException} (404) if there was none then, (410) if what the user was is erased. */
    Uni<Versioned<UserData>> inVersion(long id, long version) {
        return notErased(id)
                .chain(() -> log.first(UserEvent.AGGREGATE, id, version - 1))
                .chain(event ->
                        event.filter(found -> found.version() == version).isPresent()
                                ? Uni.createFrom().item(state(event.get()))
                                : created(id).map(first -> {
                                    throw RefusedException.absent("User %d has no version %d".formatted(id, version));
                                }));
    }

    /** The user after the last event up to an instant; the same. */
    Uni<Versioned<UserData>> at(long id, Instant at) {
        return notErased(id)
                .chain(() -> log.last(UserEvent.AGGREGATE, id, at))
                .chain(event -> event.isPresent()
                        ? Uni.createFrom().item(state(event.get()))
                        : created(id).map(first -> {
                            throw RefusedException.absent("User %d did not exist yet at %s: it was created at %s"
                                    .formatted(id, at, first.occurredAt()));
                        }));
    }

    private Uni<Void> notErased(long id) {
        return pool.preparedQuery(IS_ERASED)
                .execute(Tuple.of(UserErasure.subject(id)))
                .invoke(found -> {
                    if (found.size() > 0) {
                        throw RefusedException.gone("What user %d was has been erased".formatted(id));
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Event> created(long id) {
        return log.first(UserEvent.AGGREGATE, id, Long.MIN_VALUE)
                .map(first -> first.orElseThrow(() -> RefusedException.unknown("User", id)));
    }

    private static Versioned<UserData> state(Event event) {
        UserEvent change = UserEvent.of(event);
        if (change.eventType() == Type.USER_DELETED) {
            throw RefusedException.absent("User %d was deleted at %s, by version %d"
                    .formatted(change.userId(), event.occurredAt(), event.version()));
        }
        return new Versioned<>(change.user(), event.version());
    }
}
