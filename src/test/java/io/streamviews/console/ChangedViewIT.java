package io.streamviews.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import io.streamviews.PackagedProcess;
import io.streamviews.console.ConsoleWindow.Look;
import io.streamviews.projection.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A view file that another release has changed: people see in the browser what it changes, and have it applied. */
@EnabledIf("io.streamviews.console.Chromium#isThere")
class ChangedViewIT {

    private static final Path BUNDLED = Path.of("src/main/resources/views");

    @TempDir
    Path folder;

    private Installation installation;
    private Chromium chromium;

    @BeforeEach
    void install() throws IOException {
        installation = new Installation("changed");
        chromium = new Chromium();
        try (Stream<Path> files = Files.list(BUNDLED)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path changed = folder.resolve("70_email_domains.sql");
        Files.writeString(changed, Files.readString(changed).replace("AS user_count", "AS people"));
    }

    @AfterEach
    void close() {
        chromium.close();
        installation.close();
    }

    @Test
    void isLookedAtAndApplied() {
        PackagedProcess former = installation.start("former", Map.of());
        installation.log.append(500);
        installation.awaitFold();
        installation.start(
                "new", Map.of("streamviews.views.location", folder.toString(), "streamviews.views.on-change", "hold"));

        try (ConsoleWindow console = new ConsoleWindow(chromium, former.uri("/"), Look.LIGHT)
                .awaitLive()
                .go("operate")) {
            Locator rebuilds = console.page().locator("sv-rebuilds");
            assertThat(rebuilds.locator("[data-state=HELD]")).isVisible();
            assertThat(rebuilds).containsText("email_domains");
            assertThat(rebuilds).containsText("columns that go: user_count");
            assertThat(rebuilds).containsText("columns that come: people");
            console.picture("changed-view");
            console.doAndConfirm(console.button("Exchange"), "Exchange");
            assertThat(rebuilds.locator("tbody tr").first()).containsText("live");

            console.go("views/email_domains");
            assertThat(console.page().locator("sv-rows thead")).containsText("people");
            assertThat(console.complaints()).isEmpty();
        }
        installation.log.append(100);
        installation.awaitFold();
    }
}
