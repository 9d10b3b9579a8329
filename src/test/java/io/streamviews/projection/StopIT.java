package io.streamviews.projection;

import io.streamviews.PackagedProcess;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A process that is asked to stop does so, whatever its group is waiting for. */
class StopIT {

    private static final Map<String, String> NEVER_GIVEN_UP =
            Map.of("kafka-streams.consumer.session.timeout.ms", "600000");

    /** One that has partitions, and one that is still joining. */
    @Test
    void processesStopWhileTheirGroupWaitsForAFrozenOne() throws Exception {
        try (Installation installation = new Installation("stop")) {
            PackagedProcess owner = installation.start("owner", NEVER_GIVEN_UP);
            PackagedProcess frozen = installation.start("frozen", NEVER_GIVEN_UP);
            installation.awaitSharing(owner, frozen);
            frozen.suspend();
            try (PackagedProcess joining = installation.start("joining", NEVER_GIVEN_UP)) {
                installation.awaitRebalanceOf(3);
                owner.close();
            } finally {
                frozen.resume();
            }

            installation.log.append(2_000);
            installation.awaitSharing(frozen);
            installation.awaitFold();
        }
    }
}
