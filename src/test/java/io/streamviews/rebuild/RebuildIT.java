package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.projection.Installation;
import io.streamviews.projection.Load;
import io.streamviews.projection.OpenTransaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Rebuilds by processes of their own: in each state the one that works on it is killed, and the next one goes on with it;
 * and several share the partitions while the generations are exchanged.
 */
class RebuildIT {

    private static final String REBUILD = "/api/admin/rebuilds/1";

    /** An event at a time, so that filling takes a while. */
    private static final Map<String, String> SLOW = Map.of("streamviews.rebuild.batch-max-rows", "1");

    private static final Pattern GOES_ON =
            Pattern.compile("goes on after [1-9][0-9]* events; without keys so far: \\[post_view, user_view]");

    /** A batch that comes once the generation is finished waits for the gate. */
    private static final String GATE =
            """
            CREATE FUNCTION public.gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF to_regclass('views_next.deferred_index') IS NULL THEN
                    PERFORM pg_advisory_xact_lock(1);
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER gate AFTER UPDATE ON views_next.projection_position EXECUTE FUNCTION public.gate()
            """;

    /** What the README says, and as much again for a busy machine. */
    private static final Duration REPLACED = Duration.ofSeconds(60);

    private final List<PackagedProcess> frozen = new ArrayList<>();
    private Installation installation;

    @BeforeEach
    void install() {
        installation = new Installation("rebuild");
    }

    @AfterEach
    void close() {
        frozen.forEach(PackagedProcess::resume);
        installation.close();
    }

    @Test
    void oneIsFinishedWhateverDiesMeanwhile() throws Exception {
        PackagedProcess first = start("first", Map.of());
        installation.log.append(3_000);
        installation.awaitFold();

        try (OpenTransaction schema = installation.transaction()) {
            schema.run("CREATE SCHEMA views_next");
            assertThat(first.send("POST", "/api/admin/rebuilds", null).statusCode())
                    .isEqualTo(202);
            kill(first, "PREPARING", 1);
        }
        PackagedProcess second = start("second", SLOW);
        await("Some events")
                .atMost(Installation.PATIENCE)
                .until(() -> rebuild(second).getLong("eventsDone") > 0);
        kill(second, "FILLING", 2);

        try (OpenTransaction gate = installation.transaction()) {
            gate.run("SELECT pg_advisory_lock(1)");
            PackagedProcess third = start("third", SLOW);
            await("What it goes on with").atMost(Installation.PATIENCE).until(() -> GOES_ON.matcher(third.log())
                    .find());
            try (OpenTransaction table = installation.transaction()) {
                awaitState(third, "FILLING");
                table.run("LOCK TABLE views_next.user_view IN ACCESS SHARE MODE");
                installation.views.query(GATE);
                kill(third, "INDEXING", 3);
            }
            PackagedProcess fourth = start("fourth", Map.of());
            installation.log.append(100);
            kill(fourth, "CATCHING_UP", 4);
        }
        try (OpenTransaction positions = installation.transaction()) {
            positions.run("LOCK TABLE views.projection_position IN ROW SHARE MODE");
            PackagedProcess fifth = start("fifth", Map.of());
            kill(fifth, "SWAPPING", 5);
        }
        PackagedProcess last = start("last", Map.of());
        installation.log.append(500);

        awaitState(last, "DONE");

        assertThat(rebuild(last).getInt("attempt")).isEqualTo(6);
        installation.awaitFold();
    }

    /** A rebuild does not wait until what it writes of a generation that nobody reads is on the disk; all others do. */
    @Test
    void whatPostgresLosesInACrashIsDoneAgain() throws Exception {
        installation.waitForTheDisk();
        PackagedProcess process = start("first", SLOW);
        installation.log.append(3_000);
        installation.awaitFold();

        assertThat(process.send("POST", "/api/admin/rebuilds", null).statusCode())
                .isEqualTo(202);
        await("Some events")
                .atMost(Installation.PATIENCE)
                .until(() -> rebuild(process).getLong("eventsDone") > 100);
        installation.crashDatabase();
        await("Attempt 2").atMost(Installation.PATIENCE).until(() -> Integer.valueOf(2)
                .equals(rebuild(process).get("attempt")));
        installation.log.append(1_000);
        try (OpenTransaction table = installation.transaction()) {
            table.run("LOCK TABLE views_next.user_view IN ACCESS SHARE MODE");
            awaitState(process, "INDEXING");
            installation.crashDatabase();
        }
        awaitState(process, "DONE");
        installation.crashDatabase();

        awaitState(process, "DONE");
        assertThat(rebuild(process).getInt("attempt")).isEqualTo(3);
        installation.log.append(500);
        // the attempts that broke off are errors in the log
        installation.log.awaitFoldIn(installation.views);
    }

    @Test
    void oneThatIsFrozenIsReplacedInEachStateAndChangesNothingOnceItIsThawed() throws Exception {
        PackagedProcess first = start("first", SLOW);
        installation.log.append(3_000);
        installation.awaitFold();
        assertThat(first.send("POST", "/api/admin/rebuilds", null).statusCode()).isEqualTo(202);
        awaitState(first, "FILLING");
        freeze(first, 1);

        PackagedProcess second = start("second", Map.of());
        try (OpenTransaction table = installation.transaction()) {
            await("Attempt 2").atMost(REPLACED).until(() -> rebuild(second).getInt("attempt") == 2);
            table.run("LOCK TABLE views_next.user_view IN ACCESS SHARE MODE");
            awaitState(second, "INDEXING");
            freeze(second, 2);
        }
        try (OpenTransaction positions = installation.transaction()) {
            positions.run("LOCK TABLE views.projection_position IN ROW SHARE MODE");
            PackagedProcess third = start("third", Map.of());
            awaitState(third, "SWAPPING");
            freeze(third, 3);
        }
        PackagedProcess last = start("last", Map.of());
        await("Attempt 4").atMost(REPLACED).until(() -> rebuild(last).getInt("attempt") == 4);
        awaitState(last, "DONE");

        for (PackagedProcess thawed : frozen) {
            thawed.resume();
            await("End of attempt").atMost(Installation.PATIENCE).until(() -> thawed.log()
                    .contains("left to whoever"));
        }
        installation.log.append(500);
        installation.awaitFold();
        assertThat(rebuild(last).getString("state")).isEqualTo("DONE");
        assertThat(rebuild(last).getInt("attempt")).isEqualTo(4);
        assertThat(installation.views.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'views_next'"))
                .isZero();
    }

    @Test
    void severalInstancesGoOnInTheNewGenerationAndNobodyIsFenced() {
        PackagedProcess first = installation.start("first", Map.of());
        PackagedProcess second = installation.start("second", Map.of());
        installation.awaitSharing(first, second);
        try (Load load = Load.on(installation.log)) {
            assertThat(second.send("POST", "/api/admin/rebuilds", null).statusCode())
                    .isEqualTo(202);

            awaitState(first, "DONE");
        }

        installation.awaitFold();
        assertThat(first.log() + second.log()).doesNotContain("fenced");
        assertThat(first.send("POST", REBUILD + "/rollback", null).statusCode()).isEqualTo(200);
        installation.awaitFold();
    }

    private PackagedProcess start(String instance, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Installation.QUICK_FAIL_OVER);
        all.putAll(settings);
        return installation.start(instance, all);
    }

    /** Once the process has taken the rebuild up: a new one is {@code PREPARING} before anybody has. */
    private void kill(PackagedProcess process, String state, int attempt) {
        await("Attempt " + attempt)
                .atMost(Installation.PATIENCE)
                .until(() -> rebuild(process).getInt("attempt") == attempt);
        awaitState(process, state);
        process.kill();
        assertThat(users()).as("Users in the live view").isPositive();
    }

    private void freeze(PackagedProcess process, int attempt) {
        assertThat(rebuild(process).getInt("attempt")).isEqualTo(attempt);
        process.suspend();
        frozen.add(process);
    }

    private static void awaitState(PackagedProcess process, String state) {
        await(state)
                .atMost(Installation.PATIENCE)
                .until(() -> state.equals(rebuild(process).getString("state")));
    }

    private static JsonPath rebuild(PackagedProcess process) {
        return JsonPath.from(process.get(REBUILD).body());
    }

    private long users() {
        return installation.views.count("SELECT count(*) FROM views.user_view");
    }
}
