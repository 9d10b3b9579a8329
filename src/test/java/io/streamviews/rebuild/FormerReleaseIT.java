package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.projection.Installation;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.generation.TestGenerations;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Views that a former release has made: with its own engine, which lacks what came later. */
class FormerReleaseIT {

    private static final String REBUILDS = "/api/admin/rebuilds";
    private static final String VERIFICATIONS = "/api/admin/verifications";

    private Installation installation;

    @BeforeEach
    void install() {
        installation = new Installation("former");
        try (ViewTables own = installation.tablesOf(Roles.RUNTIME)) {
            TestGenerations.makeLiveOfFormerRelease(own.pool);
        }
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void areKeptAndVerifiedUntilTheyAreExchangedAndAfterARollBack() {
        PackagedProcess holds = installation.start("holds", Map.of("streamviews.views.on-change", "hold"));
        awaitState(holds, 1, "HELD");
        installation.log.append(1_000);
        installation.awaitFold();
        assertThat(verify(holds, 1)).isEqualTo("DONE: true");

        post(holds, REBUILDS + "/1/exchange", null);
        awaitState(holds, 1, "DONE");
        installation.log.append(100);
        installation.awaitFold();
        assertThat(verify(holds, 2)).isEqualTo("DONE: true");

        post(holds, REBUILDS + "/1/rollback", null);
        installation.log.append(100);
        installation.awaitFold();
        assertThat(verify(holds, 3)).isEqualTo("DONE: true");
        assertThat(installation.views.value("SELECT to_regprocedure('views.suspend(text, text)')::text"))
                .isNull();
        post(holds, REBUILDS, null);
        awaitState(holds, 2, "DONE");
        JsonPath all = new JsonPath(holds.get(REBUILDS).body());
        assertThat(all.getList("state")).containsExactly("ROLLED_BACK", "DONE");
        assertThat(holds.log()).doesNotContain("another one makes them anew");
    }

    @Test
    void areExchangedAlthoughARebuildIsLeftThatNobodyHasTheFilesOf() {
        installation.views.query("INSERT INTO public.rebuild (state, views) VALUES ('FILLING', 'of another release')");

        PackagedProcess process = installation.start("alone", Map.of("streamviews.rebuild.left-after", "3s"));

        awaitState(process, 1, "CANCELLED");
        assertThat(new JsonPath(process.get(REBUILDS + "/1").body()).getString("error"))
                .contains("Nobody who has its view files");
        awaitState(process, 2, "DONE");
        installation.log.append(100);
        installation.awaitFold();
    }

    private static String verify(PackagedProcess instance, long id) {
        post(instance, VERIFICATIONS, "{\"depth\":\"deep\"}");
        JsonPath found = awaitIt(instance, VERIFICATIONS + "/" + id, it -> it.getString("finishedAt") != null);
        return "%s: %s"
                .formatted(found.getString("state"), found.get("error") == null ? found.get("ok") : found.get("error"));
    }

    private static void awaitState(PackagedProcess instance, long id, String state) {
        awaitIt(instance, REBUILDS + "/" + id, it -> state.equals(it.getString("state")));
    }

    private static JsonPath awaitIt(PackagedProcess instance, String path, Predicate<JsonPath> is) {
        return await(path)
                .atMost(Installation.PATIENCE)
                .until(() -> new JsonPath(instance.get(path).body()), is);
    }

    private static void post(PackagedProcess instance, String path, String body) {
        var answer = instance.send("POST", path, body);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
    }
}
