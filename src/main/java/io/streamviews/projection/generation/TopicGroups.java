package io.streamviews.projection.generation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Which topics belong together. */
final class TopicGroups {

    private TopicGroups() {}

    /**
     * Groups in the order of their first topics, each in the order of its topics.
     *
     * @param topicOf each base view's topic, by name
     * @param together sets of base views, by name, that have to be written in the same transactions
     */
    static List<List<String>> of(Map<String, String> topicOf, Collection<Set<String>> together) {
        List<Set<String>> groups = new ArrayList<>();
        topicOf.values().forEach(topic -> groups.add(new HashSet<>(Set.of(topic))));
        for (Set<String> names : together) {
            Set<String> topics = new HashSet<>();
            names.stream().map(topicOf::get).filter(Objects::nonNull).forEach(topics::add);
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
