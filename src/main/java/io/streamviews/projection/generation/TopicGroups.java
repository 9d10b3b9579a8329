package io.streamviews.projection.generation;

import io.streamviews.source.BaseView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which topics belong together. */
final class TopicGroups {

    private TopicGroups() {}

    /**
     * Groups in the order of their first topics, each in the order of its topics.
     *
     * @param together sets of base views, by name, that have to be written in the same transactions
     */
    static List<List<String>> of(List<BaseView> views, Collection<Set<String>> together) {
        List<Set<String>> groups = new ArrayList<>();
        views.forEach(view -> groups.add(new HashSet<>(Set.of(view.topic()))));
        for (Set<String> names : together) {
            Set<String> topics = new HashSet<>();
            views.stream().filter(view -> names.contains(view.table())).forEach(view -> topics.add(view.topic()));
            groups.add(topics);
        }
        List<Set<String>> merged = new ArrayList<>();
        for (Set<String> group : groups) {
            Set<String> all = new TreeSet<>(group);
            merged.removeIf(other -> {
                boolean overlaps = !Collections.disjoint(other, group);
                if (overlaps) {
                    all.addAll(other);
                }
                return overlaps;
            });
            merged.add(all);
        }
        return merged.stream()
                .map(group -> List.copyOf(new TreeSet<>(group)))
                .filter(group -> !group.isEmpty())
                .sorted((one, other) -> one.get(0).compareTo(other.get(0)))
                .toList();
    }
}
