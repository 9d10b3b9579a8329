package io.streamviews.user.erasure;

import static io.streamviews.user.erasure.Site.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person is looked for in every table of every schema and in every topic, byte by byte. */
class ErasureIT {

    private static final String NAME = "Zoë Quillfeather";
    private static final String MARRIED = "Zoë Bellwether-Quill";
    private static final String EMAIL = "zoe.quillfeather@example.org";
    private static final String[] WORDS = {NAME, MARRIED, EMAIL};

    /** Another base view of the same topic, which comes before user_view, and so has the dead letters. */
    private static final String MAIL =
            """
            CREATE TABLE mail (id bigint PRIMARY KEY, email text NOT NULL);
            CALL source('mail', topic => '${streamviews.topics.user-events:user-events}', envelope => 'streamviews',
                        root => '/user', columns => '{"id": "key"}');
            """;

    @TempDir
    Path folder;

    private Site site;
    private long person;

    @BeforeEach
    void live() throws Exception {
        Files.writeString(folder.resolve("05_mail.sql"), MAIL);
        site = new Site("erasure", folder);
        site.post("/api/users", user("Somebody Else", "else@example.com"), 201);
        person = site.post("/api/users", user(NAME, EMAIL), 201).getLong("id");
        site.send("PUT", "/api/users/" + person, user(MARRIED, EMAIL), 200);
        await().atMost(PATIENCE)
                .until(() ->
                        MARRIED.equals(site.get("/api/posts/users/" + person).getString("name")));
        site.post("/api/posts", "{\"title\":\"t\",\"content\":\"c\",\"authorId\":%d}".formatted(person), 201);
    }

    @AfterEach
    void end() throws SQLException {
        site.close();
    }

    @Test
    void nothingOfAPersonIsLeft() throws Exception {
        site.produce(person, "{\"name\":\"%s\", and no more".formatted(NAME));
        await().atMost(PATIENCE)
                .until(() -> !site.texts("SELECT topic FROM views.dead_letter").isEmpty());
        site.post(
                "/api/admin/dead-letters/discard",
                "{\"key\":\"%d\",\"reason\":\"%s has asked for it\"}".formatted(person, NAME),
                200);
        assertThat(site.rebuild().getString("state")).isEqualTo("DONE");
        site.execute("UPDATE views.user_view SET department = 'by hand' WHERE user_id = " + person);
        assertThat(site.verifyDeep().getLong("differing")).isPositive();
        site.execute("UPDATE views.user_view SET department = 'd' WHERE user_id = " + person);
        List<String> follower = site.follow("user_view/changes?from=earliest", null);
        List<String> activity = site.follow("user_activity/changes", null);
        await().atMost(PATIENCE).until(() -> said(follower, MARRIED));
        String firstId = firstId(follower);
        assertThat(site.tablesThatSay(WORDS))
                .contains(
                        "public.users",
                        "public.event_log",
                        "public.audit",
                        "public.verification",
                        "public.discarded_letter",
                        "views.user_view",
                        "views.dead_letter",
                        "views_previous.user_view",
                        "views.mail",
                        "views_previous.mail",
                        "views_previous.dead_letter");

        site.post("/api/admin/rebuilds", null, 202);
        long id = erase();
        JsonPath certificate = site.awaitErasure(id, "COMPACTING");

        assertThat(site.tablesThatSay(WORDS)).as(certificate.prettify()).isEmpty();
        await().atMost(PATIENCE).until(() -> said(follower, "\"op\":\"delete\",\"key\":%d,".formatted(person)));
        nobodyIsTold(site.follow("user_view/changes?from=earliest", null));
        nobodyIsTold(site.follow("user_view/changes", firstId));
        nobodyIsTold(site.follow("mail/changes?from=earliest", null));
        nobodyIsTold(site.follow("user_activity/changes", lastId(activity)));
        assertThat(site.text("/api/admin/topics/%s/records?from=earliest".formatted(site.userTopic())))
                .contains("Somebody Else")
                .doesNotContain(WORDS);
        assertThat(site.recordsThatSay(WORDS)).isPositive();

        awaitNoRebuild();
        JsonPath rebuilt = site.rebuild();
        assertThat(rebuilt.getString("state")).as(rebuilt.prettify()).isEqualTo("DONE");
        theRestIsRight();
        site.post("/api/admin/rebuilds/%d/rollback".formatted(rebuilt.getLong("id")), null, 200);
        long replay = site.post(
                        "/api/admin/replays",
                        "{\"topic\":\"%s\",\"from\":\"earliest\"}".formatted(site.userTopic()),
                        202)
                .getLong("id");
        await().atMost(PATIENCE).until(() -> "DONE"
                .equals(site.get("/api/admin/replays/" + replay).getString("state")));
        theRestIsRight();

        site.compactAtOnce();
        site.execute("UPDATE public.erasure SET next_look_at = now()"); // a day later
        JsonPath done = site.awaitErasure(id, "DONE");

        assertThat(done.getString("topicsCleanAt")).isNotNull();
        assertThat(site.recordsThatSay(WORDS)).isZero();
        assertThat(site.rebuild().getString("state")).isEqualTo("DONE");
        theRestIsRight();
    }

    @Test
    void whoeverIsThereGoesOnWhereverItWasKilled() throws Exception {
        assertThat(site.rebuild().getString("state")).isEqualTo("DONE");
        site.post("/api/admin/projection/pause", null, 200);
        long id;
        try (Connection other = site.connect()) {
            execute(other, "SELECT pg_advisory_lock(hashtext('user'), hashint8(%d))".formatted(person));
            id = erase();
            awaitSomebodyWaitsFor("advisory");
            site.kill();
            assertThat(state()).isEqualTo("DELETING");
        }
        site.start();
        await().atMost(PATIENCE).until(() -> state().equals("ARRIVING"));
        site.kill();
        site.start();
        site.post("/api/admin/projection/resume", null, 200);
        try (Connection other = site.connect()) {
            other.setAutoCommit(false);
            await().atMost(PATIENCE).until(() -> state().equals("ERASING"));
            execute(other, "SELECT FROM views.projection_position FOR UPDATE");
            awaitSomebodyWaitsFor("transactionid");
            site.kill();
            other.rollback();
        }
        assertThat(state()).isEqualTo("ERASING");
        assertThat(site.tablesThatSay(WORDS)).contains("public.event_log");
        site.execute("UPDATE public.erasure SET next_look_at = now()"); // as it was after the first kill, by itself
        site.start();

        JsonPath certificate = site.awaitErasure(id, "COMPACTING");

        assertThat(site.tablesThatSay(WORDS)).as(certificate.prettify()).isEmpty();
        assertThat(certificate.getLong("erased.find { it.place == 'event_log' }.count"))
                .isEqualTo(2);
        assertThat(site.get("/api/users/%d/events".formatted(person)).getList("eventType"))
                .isEqualTo(List.of("USER_CREATED", "USER_UPDATED", "USER_DELETED"));
        theRestIsRight();
    }

    private long erase() {
        return site.post("/api/admin/erasures", "{\"subject\":\"user:%d\"}".formatted(person), 202)
                .getLong("id");
    }

    private String state() throws SQLException {
        return site.texts("SELECT state FROM public.erasure").get(0);
    }

    private void awaitSomebodyWaitsFor(String lock) {
        await().atMost(PATIENCE).until(() -> !site.texts(
                        "SELECT locktype FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', '%s')"
                                .formatted(lock))
                .isEmpty());
    }

    private void awaitNoRebuild() {
        await().atMost(PATIENCE).until(() -> site.texts("SELECT id::text FROM public.rebuild WHERE finished_at IS NULL")
                .isEmpty());
    }

    /** Nothing of the person, and everything of everybody else. */
    private void theRestIsRight() throws SQLException {
        assertThat(site.tablesThatSay(WORDS)).isEmpty();
        await().atMost(PATIENCE).until(() -> site.verifyDeep().getLong("differing") == 0);
        assertThat(site.texts("SELECT name FROM views.user_view")).containsExactly("Somebody Else");
        assertThat(site.texts("SELECT user_count::text FROM views.department_stats"))
                .containsExactly("1");
        JsonPath posts = site.get("/api/posts/by-author/" + person);
        assertThat(posts.getList("title")).isEqualTo(List.of("t"));
        assertThat(posts.<Object>get("[0].author")).isNull();
    }

    /** Everything that there is to tell has come once the last event has. */
    private void nobodyIsTold(List<String> lines) {
        String said = Long.toString(System.nanoTime());
        long last = site.post("/api/users", user("Follower " + said, said + "@example.com"), 201)
                .getLong("id");
        await().atMost(PATIENCE).until(() -> said(lines, said));
        site.send("DELETE", "/api/users/" + last, null, 204);
        assertThat(String.join("\n", lines)).doesNotContain(WORDS);
        await().atMost(PATIENCE)
                .until(() -> site.texts("SELECT name FROM views.user_view").equals(List.of("Somebody Else")));
    }

    private static boolean said(List<String> lines, String text) {
        return lines.stream().anyMatch(line -> line.contains(text));
    }

    private static String firstId(List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("id: "))
                .findFirst()
                .orElseThrow()
                .substring(4);
    }

    private static String lastId(List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("id: "))
                .reduce((before, last) -> last)
                .orElseThrow()
                .substring(4);
    }

    private static String user(String name, String email) {
        return "{\"name\":\"%s\",\"email\":\"%s\",\"department\":\"d\",\"status\":\"ACTIVE\"}".formatted(name, email);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
