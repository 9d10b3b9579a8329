package io.streamviews.chaos;

import io.streamviews.chaos.Fault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;

/** Which faults come, and in what order: a matter of the seed alone, however fast the machine is. */
final class Schedule {

    private static final int VARIANTS = 100;
    private static final double NO_REST = 0.3;
    private static final double LONGEST_REST_SECONDS = 18;

    private Schedule() {}

    /** Faults until their durations and pauses fill the time; at least one. */
    static List<Fault> of(long seed, Collection<Kind> kinds, Duration time) {
        List<Kind> choice = kinds.stream().sorted().toList();
        Random random = new Random(seed);
        List<Fault> faults = new ArrayList<>();
        Duration filled = Duration.ZERO;
        while (filled.compareTo(time) < 0) {
            Kind kind = choice.get(random.nextInt(choice.size()));
            int instance = random.nextInt(Cluster.NAMES.size());
            int variant = random.nextInt(VARIANTS);
            double part = random.nextDouble();
            // One that comes at once meets the recovery from the one before.
            double rest = random.nextDouble() < NO_REST ? 0 : LONGEST_REST_SECONDS * random.nextDouble();
            Duration duration = kind.shortest.plusMillis(
                    (long) (part * kind.longest.minus(kind.shortest).toMillis()));
            Duration pause = Duration.ofMillis((long) (1000 * rest));
            faults.add(new Fault(faults.size() + 1, kind, instance, variant, duration, pause));
            filled = filled.plus(duration).plus(pause);
        }
        return faults;
    }
}
