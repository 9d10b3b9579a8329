package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.projection.Installation;
import io.streamviews.projection.Load;
import io.streamviews.projection.OpenTransaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** View files that are other ones in a new release, deployed beside the former release, under load and while people read. */
class ViewFilesIT {

    private static final Path BUNDLED = Path.of("src/main/resources/views");

    private static final String AGREE =
            """
            SELECT ((SELECT count(*) FROM %s.user_view) = (SELECT coalesce(sum(user_count), 0) FROM %s.department_stats))::int::bigint
            """;

    private static final String NEW_BASE_VIEW =
            """
            CREATE TABLE mail (id bigint PRIMARY KEY, email text NOT NULL);
            CALL source('mail', topic => '${streamviews.topics.user-events:user-events}', envelope => 'streamviews',
                        root => '/user', columns => '{"id": "key"}');
            """;

    @TempDir
    Path folder;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = new Installation("files");
        try (Stream<Path> files = Files.list(BUNDLED)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        replace(
                "10_user_view.sql",
                "updated_at timestamptz NOT NULL\n",
                "updated_at timestamptz NOT NULL,\n    shout text GENERATED ALWAYS AS (upper(name)) STORED,\n    whole json\n");
        replace("10_user_view.sql", "email      text ", "email      varchar(200) ");
        replace("10_user_view.sql", "'{\"user_id\": \"key\",", "'{\"user_id\": \"key\", \"whole\": \"/user\",");
        Files.writeString(folder.resolve("90_mail.sql"), NEW_BASE_VIEW);
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void areExchangedWhileBothReleasesRunAndComeBackOnlyIfSomebodyWants() throws Exception {
        PackagedProcess former = start("former", Map.of());
        installation.log.append(3_000);
        installation.awaitFold();
        AtomicLong reads = new AtomicLong();
        try (Load load = Load.on(installation.log)) {
            PackagedProcess dies = start("dies", slow(newFiles()));
            awaitState(former, 1, "FILLING");
            dies.kill();
            start("new", newFiles());
            await("exchange").atMost(Installation.PATIENCE).until(() -> {
                assertThat(installation.views.count(AGREE)).isEqualTo(1);
                reads.incrementAndGet();
                return state(former, 1).equals("DONE");
            });
        }
        assertThat(reads).hasPositiveValue();
        installation.log.append(100);
        installation.awaitFold();
        assertThat(shouts()).isEqualTo(installation.views.count("SELECT count(*) FROM %s.user_view"));
        assertThat(installation.views.count("SELECT count(*) FROM %s.mail JOIN %s.user_view"
                        + " ON id = user_id AND mail.email = whole->>'email'"))
                .isEqualTo(shouts());

        PackagedProcess again = start("again", Map.of());
        await("what it says").atMost(Installation.PATIENCE).until(() -> again.log()
                .contains("were live before"));
        assertThat(state(again, 2)).isNull();
        assertThat(again.send("POST", "/api/admin/rebuilds", null).statusCode()).isEqualTo(202);
        awaitState(again, 2, "DONE");
        installation.log.append(100);
        installation.awaitFold();
        assertThat(
                        installation.views.count(
                                "SELECT count(*) FROM information_schema.columns WHERE table_schema = '%s' AND column_name = 'shout'"))
                .isZero();
    }

    @Test
    void areExchangedWhateverDiesMeanwhile() throws Exception {
        PackagedProcess former = start("former", Map.of());
        installation.log.append(1_000);
        installation.awaitFold();
        killIn(former, "PREPARING", 1, newFiles(), "CREATE SCHEMA views_next");
        PackagedProcess fills = start("fills", slow(newFiles()));
        awaitState(former, 1, "FILLING");
        try (OpenTransaction table = installation.transaction()) {
            table.run("LOCK TABLE views_next.user_view IN ACCESS SHARE MODE");
            awaitState(former, 1, "INDEXING");
            fills.kill();
        }
        killIn(former, "COMPARING", 3, newFiles(), "LOCK TABLE views.projection_position IN ROW SHARE MODE");
        killIn(former, "SWAPPING", 4, newFiles(), "LOCK TABLE views.user_view IN SHARE UPDATE EXCLUSIVE MODE");

        start("last", newFiles());

        awaitState(former, 1, "DONE");
        assertThat(former.get("/api/admin/rebuilds/1").body()).contains("\"attempt\":5");
        assertThat(state(former, 2)).isNull();
        installation.log.append(100);
        installation.awaitFold();
        assertThat(shouts()).isEqualTo(installation.views.count("SELECT count(*) FROM %s.user_view"));
    }

    /** An instance, in a state that it does not leave while a statement's transaction lasts. */
    private void killIn(PackagedProcess witness, String state, int attempt, Map<String, String> settings, String stops)
            throws Exception {
        try (OpenTransaction transaction = installation.transaction()) {
            transaction.run(stops);
            PackagedProcess dies = start("dies-" + state, settings);
            await("Attempt " + attempt)
                    .atMost(Installation.PATIENCE)
                    .until(() -> witness.get("/api/admin/rebuilds/1").body().contains("\"attempt\":" + attempt));
            awaitState(witness, 1, state);
            dies.kill();
        }
        assertThat(installation.views.count("SELECT count(*) FROM views.user_view"))
                .isPositive();
    }

    @Test
    void thatCannotBeRunLeaveTheViewsAsTheyAreAndAreToldWithTheirLine() throws Exception {
        replace("30_department_stats.sql", "SELECT department,", "SELEKT department,");
        PackagedProcess.Ended first = installation.failsToStart("first", newFiles());
        assertThat(first.exitCode()).isEqualTo(1);
        assertThat(first.output()).contains("Cannot start: 30_department_stats.sql, line 3: syntax error");

        start("former", Map.of());
        installation.log.append(100);

        PackagedProcess wrong = start("wrong", newFiles());

        await("what it says").atMost(Installation.PATIENCE).until(() -> wrong.log()
                .contains("30_department_stats.sql, line 3: syntax error at or near \"SELEKT\""));
        assertThat(wrong.send("POST", "/api/admin/rebuilds", null).statusCode()).isEqualTo(409);
        assertThat(ViewsScript.run(wrong, "plan").output()).contains("line 3: syntax error at or near \"SELEKT\"");
        installation.log.append(100);
        installation.log.awaitFoldIn(installation.views);
    }

    @Test
    void waitForApprovalOrAreRefusedWhereThatIsThePolicy() throws Exception {
        start("former", Map.of());
        installation.log.append(100);

        PackagedProcess.Ended refused = installation.failsToStart("refuses", newFiles("refuse"));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("Cannot start: the live views are made of other files");

        PackagedProcess dies = start("dies-while-it-holds", newFiles("hold"));
        awaitState(dies, 1, "HELD");
        dies.kill();
        PackagedProcess holds = start("holds", newFiles("hold"));
        await("the next attempt").atMost(Installation.PATIENCE).until(() -> holds.log()
                .contains("Rebuild 1 waits for approval"));
        installation.log.append(100);
        assertThat(ViewsScript.run(holds, "plan").exitCode()).isEqualTo(2);
        ViewsScript plan = ViewsScript.run(holds, "plan");
        assertThat(plan.output())
                .contains("NEW      mail", "columnsRetyped: email: character varying(200), was text")
                .containsPattern("CHANGED  user_view\n +columnsAdded: shout, whole\n.*\n"
                        + " +rows: (\\d+) before, \\1 after; 0 added, 0 removed, 0 changed")
                .doesNotContain("department_stats");
        assertThat(state(holds, 1)).isEqualTo("HELD");
        ViewsScript apply = ViewsScript.run(holds, "apply");
        assertThat(apply.output()).contains("Rebuild 1: DONE");
        assertThat(apply.exitCode()).isZero();
        installation.log.append(100);
        installation.log.awaitFoldIn(installation.views);
        assertThat(shouts()).isEqualTo(installation.views.count("SELECT count(*) FROM %s.user_view"));
        ViewsScript again = ViewsScript.run(holds, "plan");
        assertThat(again.output()).contains("Nothing changes for readers");
        assertThat(again.exitCode()).isZero();
        awaitState(holds, 2, "CANCELLED");
        start("refuses-no-more", newFiles("refuse"));
    }

    @Test
    void thatAreWrongForOneRowNeverGoLive() throws Exception {
        PackagedProcess former = start("former", Map.of());
        PackagedProcess second = start("second", Map.of());
        installation.log.append(1_000);
        String definition = "SELECT department, sum(1000 / (user_id - %s)) AS n FROM user_view GROUP BY department";
        Path file = folder.resolve("95_share.sql");
        Files.writeString(file, "CREATE VIEW share AS " + definition.formatted("7") + "; CALL keep('share');");
        try (Load load = Load.on(installation.log)) {
            second.close();
            second = start("wrong", newFiles());
            awaitState(former, 1, "FAILED");
        }
        assertThat(second.get("/api/admin/rebuilds/1").body()).contains("share: division by zero");
        installation.log.append(100);
        installation.log.awaitFoldIn(installation.views);
        assertThat(installation
                        .views
                        .query("SELECT to_regclass('%s.share')::text")
                        .get(0)
                        .getValue(0))
                .isNull();
        assertThat(former.get("/api/views/share").statusCode()).isEqualTo(404);

        second.close();
        Files.writeString(file, "CREATE VIEW share AS " + definition.formatted("0.5") + "; CALL keep('share');");
        start("mended", newFiles());
        awaitState(former, 2, "DONE");
        installation.log.append(100);
        installation.log.awaitFoldIn(installation.views);
        assertThat(installation.views.count("SELECT count(*) FROM %s.share")).isPositive();
    }

    private Map<String, String> newFiles(String onChange) {
        Map<String, String> settings = new HashMap<>(newFiles());
        settings.put("streamviews.views.on-change", onChange);
        return settings;
    }

    private Map<String, String> newFiles() {
        return Map.of("streamviews.views.location", folder.toString());
    }

    /** An event at a time, so that filling takes a while. */
    private static Map<String, String> slow(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("streamviews.rebuild.batch-max-rows", "1");
        return all;
    }

    private void replace(String file, String part, String replacement) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertThat(text).contains(part);
        Files.writeString(folder.resolve(file), text.replace(part, replacement));
    }

    private PackagedProcess start(String instance, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Installation.QUICK_FAIL_OVER);
        all.putAll(settings);
        return installation.start(instance, all);
    }

    private long shouts() {
        return installation.views.count("SELECT count(*) FROM %s.user_view WHERE shout = upper(name)");
    }

    private static void awaitState(PackagedProcess process, int rebuild, String state) {
        await(state).atMost(Installation.PATIENCE).until(() -> state.equals(state(process, rebuild)));
    }

    private static String state(PackagedProcess process, int rebuild) {
        return JsonPath.from(process.get("/api/admin/rebuilds/" + rebuild).body())
                .getString("state");
    }
}
