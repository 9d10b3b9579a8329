package io.streamviews.eventlog;

import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * A queue for each entity: commands on one entity run one after the other in this process, and each takes its connection
 * when its turn has come. So many commands on one entity hold one connection, not all of them. Commands of other processes
 * are kept apart by the database's lock.
 */
@ApplicationScoped
class EntityQueues {

    private final Map<Entity, Queue<Runnable>> queues = new HashMap<>();
    private final int maxWaiting;

    EntityQueues(CommandConfig config) {
        this.maxWaiting = config.maxWaitingForOne();
    }

    private record Entity(String type, long id) {}

    /**
     * The command's result. Fails with a {@link BusyException} if too many wait for the entity, and with a {@link
     * TimeoutException} if its turn has not come in time: it is not begun then.
     *
     * @param command ends soon after the deadline
     */
    <T> Uni<T> run(String aggregateType, long aggregateId, Deadline deadline, Supplier<Uni<T>> command) {
        Entity entity = new Entity(aggregateType, aggregateId);
        return Uni.createFrom().emitter(outcome -> {
            Context here = Vertx.currentContext();
            Runnable turn = () -> {
                Runnable work = () -> begin(entity, command, deadline, outcome);
                if (here == null) {
                    work.run();
                } else {
                    here.runOnContext(now -> work.run());
                }
            };
            enter(entity, turn, outcome);
        });
    }

    private void enter(Entity entity, Runnable turn, UniEmitter<?> outcome) {
        boolean isNext = false;
        boolean isOneTooMany = false;
        synchronized (this) {
            Queue<Runnable> waiting = queues.get(entity);
            if (waiting == null) {
                queues.put(entity, new ArrayDeque<>());
                isNext = true;
            } else if (waiting.size() < maxWaiting) {
                waiting.add(turn);
            } else {
                isOneTooMany = true;
            }
        }
        if (isNext) {
            turn.run();
        } else if (isOneTooMany) {
            outcome.fail(new BusyException(
                    "%d commands wait for %s %d already".formatted(maxWaiting, entity.type(), entity.id())));
        }
    }

    private <T> void begin(Entity entity, Supplier<Uni<T>> command, Deadline deadline, UniEmitter<? super T> outcome) {
        Uni.createFrom()
                .deferred(() -> deadline.begin(command))
                .onTermination()
                .invoke(() -> leave(entity))
                .subscribe()
                .with(outcome::complete, outcome::fail);
    }

    private void leave(Entity entity) {
        Runnable next;
        synchronized (this) {
            next = queues.get(entity).poll();
            if (next == null) {
                queues.remove(entity);
            }
        }
        if (next != null) {
            next.run();
        }
    }
}
