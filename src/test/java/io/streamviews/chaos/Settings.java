package io.streamviews.chaos;

import io.streamviews.chaos.Fault.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a run is asked for by system properties.
 *
 * @param seed of everything that is chosen by chance
 * @param patience how long after the last fault all must be level and healthy
 */
record Settings(Duration time, long seed, List<Kind> faults, List<Operation> operations, Duration patience) {

    /** Absent or empty means the default, and of the seed: another one each time. */
    static Settings read() {
        String seed = property("chaos.seed", Long.toString(System.currentTimeMillis() % 1_000_000));
        return new Settings(
                Duration.ofSeconds(Math.round(60 * Double.parseDouble(property("chaos.minutes", "10")))),
                Long.parseLong(seed),
                chosen("chaos.faults", Kind.values(), Kind::text),
                chosen("chaos.operations", Operation.values(), Operation::text),
                Duration.ofSeconds(Long.parseLong(property("chaos.patience", "60"))));
    }

    boolean does(Operation operation) {
        return operations.contains(operation);
    }

    private static String property(String name, String fallback) {
        String value = System.getProperty(name, "");
        return value.isBlank() ? fallback : value.strip();
    }

    /** {@code all}, {@code none}, or names with commas between them; one that is not known is refused. */
    private static <E extends Enum<E>> List<E> chosen(String property, E[] all, Function<E, String> name) {
        String value = property(property, "all");
        if (value.equals("all") || value.equals("none")) {
            return value.equals("all") ? List.of(all) : List.of();
        }
        return Stream.of(value.split(","))
                .map(String::strip)
                .map(wanted -> Stream.of(all)
                        .filter(known -> name.apply(known).equals(wanted))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("%s: %s is none of %s"
                                .formatted(
                                        property,
                                        wanted,
                                        Arrays.stream(all).map(name).toList()))))
                .toList();
    }
}
