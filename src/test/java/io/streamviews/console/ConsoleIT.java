package io.streamviews.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.console.ConsoleWindow.Look;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The console in a real browser, at the packaged application; {@code target/console} has pictures of it. */
@EnabledIf("io.streamviews.console.Chromium#isThere")
class ConsoleIT {

    private static final String NAME = "console_" + ProcessHandle.current().pid();
    private static final String SUPERUSER = "postgres";
    /** Last the one whose charts have something to show then. */
    private static final List<String> PARTS = List.of(
            "views",
            "views/user_view",
            "views/department_stats",
            "history/users/1",
            "topics",
            "letters",
            "operate",
            "try",
            "pipeline");

    private static PackagedProcess application;
    private static Chromium chromium;
    private static Newcomers users;

    @BeforeAll
    static void start() {
        Roles.createDatabase(NAME);
        application = PackagedProcess.start(
                NAME,
                Map.of(
                        "streamviews.database.name",
                        NAME,
                        "streamviews.topics.user-events",
                        "console-user-events",
                        "streamviews.topics.post-events",
                        "console-post-events",
                        "quarkus.kafka-streams.application-id",
                        NAME));
        chromium = new Chromium();
        users = new Newcomers(application);
        application.awaitReady();
        users.load(500);
    }

    @AfterAll
    static void stop() {
        chromium.close();
        application.close();
        Roles.execute("postgres", SUPERUSER, "DROP DATABASE %s WITH (FORCE)".formatted(NAME));
    }

    @Test
    void aUserIsCreatedAndSeenToArrive() {
        String name = "<img src=x onerror=alert(1)> שלום 홍길동";
        try (ConsoleWindow console = open(Look.LIGHT).go("try")) {
            Locator form =
                    console.page().locator("sv-create[kind=users], sv-create").first();
            form.getByLabel("Name").fill(name);
            form.getByLabel("E-mail").fill("somebody@example.com");
            form.getByLabel("Department").fill("Arrivals");
            form.getByText("Create", new Locator.GetByTextOptions().setExact(true))
                    .click();
            assertThat(form.locator(".way")).containsText("seen in the view");

            form.getByText("Its history, and its way").click();
            assertThat(console.page().locator("sv-history .way li.good")).hasCount(3);
            assertThat(console.page().locator(".timeline")).containsText(name);
            String id = console.page().url().replaceAll(".*/", "");
            console.picture("history");
            console.go("history/users/1");
            assertThat(console.page().locator("sv-history .way li.good")).hasCount(3);

            console.go("views/user_view");
            console.page().getByLabel("Column").selectOption("user_id");
            console.page().getByLabel("Value").fill(id);
            console.button("Filter").click();
            assertThat(console.page().locator("sv-rows tbody tr")).hasCount(1);
            assertThat(console.page().locator("sv-rows tbody")).containsText(name);

            console.go("pipeline");
            assertThat(console.page().locator("sv-chart [aria-label*='Arrivals 1']"))
                    .isVisible();
            assertThat(console.complaints()).isEmpty();
        }
    }

    @Test
    void aViewIsFollowed() {
        try (ConsoleWindow console = open(Look.LIGHT).go("views/department_stats")) {
            console.button("Follow live").click();
            assertThat(console.page().locator("sv-rows [aria-pressed=true]")).isVisible();
            users.create("Follower", "Followed");
            assertThat(console.page().locator("sv-rows tbody")).containsText("Followed");
        }
    }

    @Test
    void aRebuildIsHeldExchangedAndRolledBack() {
        try (ConsoleWindow console = open(Look.LIGHT).go("operate")) {
            Locator rebuilds = console.page().locator("sv-rebuilds");
            console.button("Rebuild").click();
            console.page().locator("dialog input[name=hold]").check();
            console.page().locator("dialog button.primary").click();
            assertThat(rebuilds.locator("[data-state=HELD]")).isVisible();
            assertThat(rebuilds).containsText("Nothing that people read changes");
            console.picture("held");
            console.doAndConfirm(console.button("Exchange"), "Exchange");
            assertThat(rebuilds.locator("tbody tr").first()).containsText("live");
            assertThat(rebuilds.locator(".feedback.good")).containsText("live");
            console.picture("rebuild");

            console.doAndConfirm(console.button("Roll back"), "Roll back");
            assertThat(rebuilds.locator("tbody tr").first()).containsText("rolled back");
            assertThat(console.complaints()).isEmpty();
        }
    }

    @Test
    void samplesAreLoadedReadAgainAndVerified() {
        try (ConsoleWindow console = open(Look.LIGHT).go("try")) {
            Locator load = console.page().locator("sv-load");
            load.getByLabel("How many").fill("1200");
            console.doAndConfirm(console.button("Load"), "Load");
            assertThat(load.locator(".feedback.good")).containsText("1,200 users have been created");

            console.go("operate");
            console.doAndConfirm(console.button("Replay"), "Replay");
            assertThat(console.page().locator("sv-replay .pill.good")).hasText("done");
            console.button("deep").click();
            assertThat(console.page().locator("sv-verify .pill.good")).isVisible();
            assertThat(console.complaints()).isEmpty();
        }
    }

    @Test
    void theProjectionIsPausedAndResumed() {
        try (ConsoleWindow console = open(Look.LIGHT).go("operate")) {
            console.doAndConfirm(console.button("Pause"), "Pause");
            assertThat(console.page().locator("sv-switch .pill")).containsText("Paused");
            console.button("Resume").click();
            assertThat(console.page().locator("sv-switch .pill")).not().containsText("Paus");
        }
    }

    @Test
    void aDeadLetterIsLookedAtAndRetried() {
        Roles.execute(
                NAME,
                SUPERUSER,
                "ALTER TABLE views.user_view ADD CONSTRAINT no_robots CHECK (name NOT LIKE 'Robot%') NOT VALID");
        try (ConsoleWindow console = open(Look.DARK).go("letters")) {
            users.create("Robot 1", "Machines");
            Locator letters = console.page().locator(".letters > li");
            assertThat(letters).hasCount(1);
            letters.getByText("Look").click();
            assertThat(letters.locator("pre")).containsText("Robot 1");
            console.picture("dead-letter");
            console.doAndConfirm(console.button("Retry"), "Retry");
            assertThat(console.page().locator("sv-letters .feedback.good")).containsText("still cannot");

            Roles.execute(NAME, SUPERUSER, "ALTER TABLE views.user_view DROP CONSTRAINT no_robots");
            console.doAndConfirm(console.button("Retry"), "Retry");
            assertThat(console.page().locator("sv-letters .feedback.good")).containsText("no dead letter any more");
            assertThat(letters).hasCount(0);
        }
    }

    @Test
    void whatIsOldIsSaidToBeAndIsNewAgainWhenTheServerIsBack() {
        try (ConsoleWindow console = open(Look.LIGHT)) {
            application.suspend();
            try {
                assertThat(console.page().getByRole(AriaRole.ALERT).first()).containsText("What you see is old");
                assertThat(console.page().locator(".tools .pill.bad")).isVisible();
                console.picture("old");
            } finally {
                application.resume();
            }
            assertThat(console.page().locator(".banner")).isHidden();
            console.awaitLive();
        }
    }

    @Test
    void whoIsNotKnownIsAskedForAToken() {
        try (ConsoleWindow console = open(Look.LIGHT)) {
            console.page().evaluate("sessionStorage.setItem('streamviews.token', 'rubbish')");
            console.page().reload();
            assertThat(console.page().locator(".sign-in")).containsText("not known here");
            assertThat(console.page().locator("nav a")).hasCount(1);
            assertThat(console.barriers()).isEmpty();
            console.button("Sign out").click();
            console.awaitLive();
        }
    }

    /** Each part in light and in dark, since their contrasts are others; else those that differ most. */
    static Stream<Arguments> looks() {
        List<String> some = List.of("views/user_view", "operate", "pipeline");
        return Stream.of(
                Arguments.of("light", Look.LIGHT, PARTS),
                Arguments.of("dark", Look.DARK, PARTS),
                Arguments.of("narrow", Look.NARROW, some),
                Arguments.of("korean", Look.KOREAN, some));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("looks")
    void everybodyCanUseEveryPartUnderLoad(String name, Look look, List<String> parts) {
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Void> loading = CompletableFuture.runAsync(() -> {
            while (!enough.get()) {
                users.load(200);
                // more would only make the test slow
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
        });
        try (ConsoleWindow console = open(look)) {
            assertThat(console.page().locator("sv-pipeline .station.flows").first())
                    .isVisible();
            for (String part : parts) {
                console.go(part);
                console.picture(name + "-" + part.replace('/', '-'));
                assertThat(console.overflow()).as(part).isZero();
                assertThat(console.barriers()).as(part).isEmpty();
            }
            assertThat(console.complaints()).isEmpty();
        } finally {
            enough.set(true);
            loading.join();
        }
    }

    /** Of a page that is left open: what it has heard in an hour is not kept. */
    @Test
    void anHourOfSnapshotsLeavesNothingBehind() {
        try (ConsoleWindow console = open(Look.LIGHT)) {
            console.hear(600);
            long before = console.heap();
            int nodes = (int) console.page().evaluate("document.querySelectorAll('*').length");

            console.hear(3_600);

            assertThat((int) console.page().evaluate("import('/console/live.js').then(it => it.live.history.length)"))
                    .isEqualTo(300);
            assertThat((int) console.page().evaluate("document.querySelectorAll('*').length"))
                    .isLessThan(nodes + 50);
            assertThat(console.heap()).isLessThan(before + 4_000_000);
        }
    }

    private static ConsoleWindow open(Look look) {
        return new ConsoleWindow(chromium, application.uri("/"), look).awaitLive();
    }
}
