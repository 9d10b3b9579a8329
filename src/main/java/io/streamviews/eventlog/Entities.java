package io.streamviews.eventlog;

import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** All kinds of entities that there are. */
@ApplicationScoped
public class Entities {

    private final List<Entity> all;
    private final Map<String, Entity> byType;

    Entities(@All List<Entity> all) {
        this.all = all;
        this.byType = all.stream().collect(Collectors.toMap(Entity::type, Function.identity()));
    }

    public List<Entity> all() {
        return all;
    }

    public boolean has(String type) {
        return byType.containsKey(type);
    }

    /** @throws IllegalArgumentException if there is no such type */
    public Entity of(String type) {
        Entity entity = byType.get(type);
        if (entity == null) {
            throw new IllegalArgumentException("Expected an event of one of %s, found one of: %s"
                    .formatted(byType.keySet().stream().sorted().toList(), type));
        }
        return entity;
    }
}
