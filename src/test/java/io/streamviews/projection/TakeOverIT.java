package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.PackagedProcess;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long the events of a killed instance wait until another one writes them, with the settings of production. */
@Tag("alone")
class TakeOverIT {

    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration MARGIN = Duration.ofSeconds(5);
    private static final int KILLS = Integer.getInteger("take-over.kills", 1);

    @Test
    void aKilledInstanceIsReplacedSoonAfterTheSessionTimeout() {
        try (Installation installation = new Installation("take_over")) {
            try (Load load = Load.on(installation.log)) {
                PackagedProcess survivor = installation.start("survivor", Map.of());
                for (int kill = 1; kill <= KILLS; kill++) {
                    String name = "victim" + kill;
                    PackagedProcess victim = installation.start(name, Map.of());
                    installation.awaitSharing(victim, survivor);
                    installation.awaitFlushing(name);

                    Duration takeOver = measure(installation, name, victim, survivor);

                    System.out.printf("Take-over after kill -9: %.1f s%n", takeOver.toMillis() / 1000.0);
                    assertThat(takeOver).isLessThan(SESSION_TIMEOUT.plus(MARGIN));
                }
            }
            installation.awaitFold();
        }
    }

    /** From the kill to the survivor's first commit in a partition that the victim had. */
    private static Duration measure(
            Installation installation, String name, PackagedProcess victim, PackagedProcess survivor) {
        Set<Integer> orphaned = installation.positionsOf(victim).keySet();
        long killed = System.nanoTime();
        victim.kill();
        installation.awaitGone(name);
        Map<Integer, Long> left = installation.positionsOf(victim);
        assertThat(left).containsOnlyKeys(orphaned);
        await("Take-over")
                .atMost(Installation.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> installation.positionsOf(survivor).entrySet().stream()
                        .anyMatch(now -> now.getValue() > left.getOrDefault(now.getKey(), Long.MAX_VALUE)));
        return Duration.ofNanos(System.nanoTime() - killed);
    }
}
