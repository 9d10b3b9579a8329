package io.streamviews.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What happened and when, printed as it goes, and what must not have happened. Safe for all threads. */
final class Journal {

    private static final int MOST_SHOWN = 8;

    private final long start = System.nanoTime();
    private final List<String> faults = new ArrayList<>();
    private final Map<Invariant, List<String>> violations = new EnumMap<>(Invariant.class);
    private final Map<Invariant, Integer> counts = new EnumMap<>(Invariant.class);

    synchronized void say(String format, Object... arguments) {
        System.out.println(at() + format.formatted(arguments));
    }

    /** Is said, too, and told again if the run fails. */
    synchronized void fault(String what) {
        faults.add(at() + what);
        say("%s", what);
    }

    /** Said at once while there are few. */
    synchronized void violation(Invariant invariant, String format, Object... arguments) {
        List<String> shown = violations.computeIfAbsent(invariant, none -> new ArrayList<>());
        counts.merge(invariant, 1, Integer::sum);
        if (shown.size() < MOST_SHOWN) {
            String what = at() + format.formatted(arguments);
            shown.add(what);
            System.out.println("VIOLATED " + invariant + "\n  " + what);
        }
    }

    synchronized boolean isClean() {
        return violations.isEmpty();
    }

    synchronized int violations(Invariant invariant) {
        return counts.getOrDefault(invariant, 0);
    }

    /** The faults with their times, then what was violated. */
    synchronized String report() {
        StringBuilder report = new StringBuilder("Faults:\n");
        faults.forEach(fault -> report.append("  ").append(fault).append('\n'));
        violations.forEach((invariant, shown) -> {
            report.append("VIOLATED %s: %d times%n".formatted(invariant, counts.get(invariant)));
            shown.forEach(what -> report.append("  ").append(what).append('\n'));
        });
        return report.toString();
    }

    /** How long the run has taken so far, to be put before what is said. */
    String at() {
        return "[%7.1f s] ".formatted((System.nanoTime() - start) / 1e9);
    }
}
