package io.streamviews.projection;

import static io.streamviews.projection.Installation.PATIENCE;
import static io.streamviews.projection.Installation.QUICK_FAIL_OVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.PackagedProcess;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An instance is killed at each point where a batch can be cut short. What the next one makes of it is the same. */
class CrashPointIT {

    private Installation installation;

    @BeforeEach
    void install() {
        installation = new Installation("crash_point");
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void beforeTheDatabaseHasCommittedNothingOfTheBatchRemains() throws Exception {
        PackagedProcess killed = start("killed", 100);
        installation.log.append(500);
        installation.awaitFold();
        try (OpenTransaction lock = installation.lockUsers()) {
            installation.log.append(500);
            installation.awaitBlocked("killed");
            killed.kill();
        }
        installation.awaitGone("killed");
        assertThat(installation.views.position()).isEqualTo(500);

        start("next", 100);
        installation.awaitFold();
    }

    @Test
    void afterTheDatabaseHasCommittedAndBeforeKafkaHasNothingIsWrittenTwice() throws Exception {
        installation.commitBeginning();
        PackagedProcess killed = start("killed", 600_000);
        installation.log.append(1_000);
        installation.awaitFold();
        assertThat(installation.committed()).isZero();

        theNextInstanceLeavesAllAsItIsAndGoesOn(killed);
    }

    @Test
    void afterBothHaveCommittedNothingIsReadTwice() throws Exception {
        PackagedProcess killed = start("killed", 100);
        installation.log.append(1_000);
        installation.awaitFold();
        await("Kafka's offsets").atMost(PATIENCE).until(() -> installation.committed() == 1_000);

        theNextInstanceLeavesAllAsItIsAndGoesOn(killed);
    }

    private void theNextInstanceLeavesAllAsItIsAndGoesOn(PackagedProcess killed) {
        killed.kill();
        String written = written();
        start("next", 100);
        await("The next owner").atMost(PATIENCE).until(() -> installation
                .views
                .value("SELECT min(epoch) FROM %s.projection_position")
                .equals(2L));
        installation.awaitFold();
        assertThat(written()).isEqualTo(written);

        installation.log.append(1_000);
        installation.awaitFold();
    }

    private PackagedProcess start(String name, long commitIntervalMillis) {
        Map<String, String> settings = new HashMap<>(QUICK_FAIL_OVER);
        settings.put("kafka-streams.commit.interval.ms", Long.toString(commitIntervalMillis));
        return installation.start(name, settings);
    }

    /** What tells whether a row was written again, even with the same values. */
    private String written() {
        return (String)
                installation.views.value(
                        """
                        SELECT string_agg(version_of_row, ';' ORDER BY version_of_row) FROM (
                            SELECT 'user ' || (xmin, ctid, v)::text FROM %s.user_view v
                            UNION ALL SELECT 'department ' || (xmin, ctid, s)::text FROM %s.department_stats_kept s
                            UNION ALL SELECT 'letter ' || (xmin, ctid, topic, partition, "offset")::text FROM %s.dead_letter
                        ) AS r(version_of_row)
                        """);
    }
}
