package io.streamviews.chaos;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * What the clients know of their commands. Each that creates or changes something has a mark of its own in its name or
 * title, by which it is found in the event log; one that deletes is found by the version that the answer names. Safe for
 * all threads.
 */
final class Ledger {

    enum Outcome {
        /** Sent, and not answered, or with an error of the server: done or not. */
        UNKNOWN,
        ACCEPTED,
        REFUSED
    }

    /**
     * What has been accepted.
     *
     * @param mark null of a deletion
     */
    record Accepted(String type, long id, long version, String mark) {}

    private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
    private final Collection<Accepted> accepted = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Integer> statuses = new ConcurrentHashMap<>();

    /** To be called before the command is sent. */
    void sending(String mark) {
        outcomes.put(mark, Outcome.UNKNOWN);
    }

    void answered(Rest.Answer answer) {
        statuses.merge(answer.status(), 1, Integer::sum);
    }

    void accepted(Accepted command) {
        accepted.add(command);
        if (command.mark() != null) {
            outcomes.put(command.mark(), Outcome.ACCEPTED);
        }
    }

    /** Accepted together with others, so that its id is not known. */
    void accepted(String mark) {
        outcomes.put(mark, Outcome.ACCEPTED);
    }

    void refused(String mark) {
        outcomes.put(mark, Outcome.REFUSED);
    }

    Map<String, Outcome> outcomes() {
        return outcomes;
    }

    List<Accepted> accepted() {
        return List.copyOf(accepted);
    }

    /** For people: how many there were of each outcome, and of each status. */
    @Override
    public String toString() {
        Map<Outcome, Long> counts = outcomes.values().stream()
                .collect(Collectors.groupingBy(outcome -> outcome, TreeMap::new, Collectors.counting()));
        return "commands with a mark %s, statuses %s (0: no answer, -1: not sent)"
                .formatted(counts, new TreeMap<>(statuses));
    }
}
