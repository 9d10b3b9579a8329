package io.streamviews.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.projection.Installation;
import io.streamviews.projection.OpenTransaction;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A verification whose process is frozen: another one begins, and the thawed one changes nothing. */
class VerificationIT {

    private static final String VERIFICATIONS = "/api/admin/verifications";
    private static final String DEEP = "{\"depth\":\"deep\"}";

    /** What the README says, and as much again for a busy machine. */
    private static final Duration REPLACED = Duration.ofSeconds(60);

    private static final String WAITS_FOR_DEPARTMENTS =
            """
            SELECT count(*) FROM pg_locks
            WHERE relation = 'views.department_stats_kept'::regclass AND mode = 'AccessShareLock' AND NOT granted
            """;
    private static final String SCHEMAS =
            "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'views_verification')";

    @Test
    void oneThatIsFrozenIsAbandonedAndWritesNothingOnceItIsThawed() throws Exception {
        try (Installation installation = new Installation("verification")) {
            PackagedProcess first = installation.start("first", Installation.QUICK_FAIL_OVER);
            PackagedProcess second = installation.start("second", Installation.QUICK_FAIL_OVER);
            installation.log.append(1_000);
            installation.awaitFold();
            try (OpenTransaction departments = installation.transaction()) {
                departments.run("LOCK TABLE views.department_stats_kept IN ACCESS EXCLUSIVE MODE");
                assertThat(begin(first)).isEqualTo(202);
                await("Comparison in the midst")
                        .atMost(Installation.PATIENCE)
                        .until(() -> installation.views.count(WAITS_FOR_DEPARTMENTS) > 0);
                assertThat(begin(second)).isEqualTo(409);
                first.suspend();
            }

            await("The next one").atMost(REPLACED).until(() -> begin(second) == 202);
            assertThat(state(second, 1)).isEqualTo("ABANDONED");
            first.resume();

            await("End of the next one").atMost(Installation.PATIENCE).until(() -> !state(second, 2)
                    .equals("RUNNING"));
            JsonPath done = verification(second, 2);
            assertThat(done.getString("state")).as(done.prettify()).isEqualTo("DONE");
            assertThat(done.getBoolean("ok")).isTrue();
            await("End of the thawed one").atMost(Installation.PATIENCE).until(() -> first.log()
                    .contains("Verification 1 failed"));
            assertThat(state(second, 1)).isEqualTo("ABANDONED");
            await("Nothing left").atMost(Installation.PATIENCE).until(() -> installation.views.count(SCHEMAS) == 0);
            assertThat(begin(first)).isEqualTo(202);
            await("End of the last one").atMost(Installation.PATIENCE).until(() -> state(first, 3)
                    .equals("DONE"));
            installation.awaitFold();
        }
    }

    private static int begin(PackagedProcess process) {
        return process.send("POST", VERIFICATIONS, DEEP).statusCode();
    }

    private static String state(PackagedProcess process, long id) {
        return verification(process, id).getString("state");
    }

    private static JsonPath verification(PackagedProcess process, long id) {
        return JsonPath.from(process.get(VERIFICATIONS + "/" + id).body());
    }
}
