package io.streamviews.projection.generation;

import io.streamviews.source.BaseView;
import io.streamviews.source.WrongDeclarationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a generation says of its base views.
 *
 * @param views those whose declarations can be followed
 * @param wrong why the others' cannot, by their names
 * @param topics of all of them, by their names; not of those whose topic is not known
 */
record Declarations(List<BaseView> views, Map<String, String> wrong, Map<String, String> topics) {

    static final Declarations NONE = new Declarations(List.of(), Map.of(), Map.of());

    /** Those with whom nobody shares a topic who cannot be followed: an event is applied to all of its topic's views or to none. */
    List<BaseView> ofWholeTopics() {
        Set<String> wanting = wrong.keySet().stream().map(topics::get).collect(Collectors.toSet());
        return views.stream().filter(view -> !wanting.contains(view.topic())).toList();
    }

    /** @throws WrongDeclarationException if one cannot be followed */
    List<BaseView> all() {
        wrong.values().stream().findFirst().ifPresent(why -> {
            throw new WrongDeclarationException(why);
        });
        return views;
    }
}
