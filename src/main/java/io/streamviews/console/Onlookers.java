package io.streamviews.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.Ticks;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The consoles that are open: each second the pipeline is looked at once for all of them, and written as JSON twice, for readers
 * and for operators. When the last one has gone nothing is looked at any more; what was seen is kept for who comes back.
 */
@ApplicationScoped
class Onlookers {

    static final int MOST = 50;
    /** From one address. */
    static final int MOST_OF_ONE = 25;

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration REMEMBERED = Duration.ofMinutes(5);

    private final Sight sight;
    private final ObjectMapper mapper;
    private final Set<Onlooker> open = new HashSet<>();
    private final Deque<Snapshot.Point> history = new ArrayDeque<>();
    private Cancellable looking;

    Onlookers(Sight sight, ObjectMapper mapper) {
        this.sight = sight;
        this.mapper = mapper;
    }

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Hello(List<String> roles, List<Snapshot.Point> history) {}

    void onStop(@Observes ShutdownEvent stop) {
        Set<Onlooker> last;
        synchronized (this) {
            last = Set.copyOf(open);
        }
        last.forEach(Onlooker::stop);
    }

    /** @throws RefusedException (429, 503) if there is no room for it */
    synchronized void admit(Onlooker client) {
        if (open.stream()
                        .filter(other -> other.address().equals(client.address()))
                        .count()
                >= MOST_OF_ONE) {
            throw RefusedException.busy(
                    "%d consoles are open at this address, as many as may be".formatted(MOST_OF_ONE));
        }
        if (open.size() >= MOST) {
            throw RefusedException.of(ProblemType.BUSY, "%d consoles are open, as many as may be".formatted(MOST));
        }
        open.add(client);
        client.send(event(
                "hello",
                new Hello(
                        client.roles().stream()
                                .map(role -> role.name().toLowerCase(Locale.ROOT))
                                .toList(),
                        List.copyOf(history))));
        if (looking == null) {
            looking = Ticks.every(INTERVAL, this::look);
        }
    }

    synchronized void leave(Onlooker client) {
        open.remove(client);
        if (open.isEmpty() && looking != null) {
            looking.cancel();
            looking = null;
            sight.forget();
        }
    }

    private Uni<Void> look() {
        return sight.look().invoke(this::tell).replaceWithVoid();
    }

    private synchronized void tell(Snapshot snapshot) {
        history.addLast(snapshot.point());
        long oldest = snapshot.point().at() - REMEMBERED.toMillis();
        while (history.getFirst().at() < oldest) {
            history.removeFirst();
        }
        Buffer forOperators = null;
        Buffer forReaders = null;
        for (Onlooker client : open) {
            if (client.isOperator()) {
                forOperators = forOperators == null ? event("snapshot", snapshot) : forOperators;
                client.send(forOperators);
            } else {
                forReaders = forReaders == null ? event("snapshot", snapshot.forReaders()) : forReaders;
                client.send(forReaders);
            }
        }
    }

    private Buffer event(String name, Object data) {
        try {
            return Buffer.buffer("event: " + name + "\ndata: ")
                    .appendBytes(mapper.writeValueAsBytes(data))
                    .appendString("\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot write " + data, e);
        }
    }
}
