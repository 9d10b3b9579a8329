package io.streamviews.projection;

import static io.streamviews.projection.Installation.QUICK_FAIL_OVER;

import io.streamviews.PackagedProcess;
import org.junit.jupiter.api.Test;

/** Two instances share the partitions under continuous load, and die in turn while they write. */
class CrashLoopIT {

    private static final int KILLS = Integer.getInteger("crash-loop.kills", 5);

    @Test
    void theViewsAreTheFoldOfTheLogHoweverOftenAnInstanceIsKilled() {
        String[] names = {"even", "odd"};
        PackagedProcess[] instances = new PackagedProcess[names.length];
        try (Installation installation = new Installation("crash_loop")) {
            try (Load load = Load.on(installation.log)) {
                for (int i = 0; i < names.length; i++) {
                    instances[i] = installation.start(names[i], QUICK_FAIL_OVER);
                }
                for (int kill = 0; kill < KILLS; kill++) {
                    int victim = kill % names.length;
                    installation.awaitSharing(instances);
                    installation.awaitFlushing(names[victim]);
                    instances[victim].kill();
                    instances[victim] = installation.start(names[victim], QUICK_FAIL_OVER);
                }
            }
            installation.awaitFold();
        }
    }
}
