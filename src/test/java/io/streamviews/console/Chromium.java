package io.streamviews.console;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The browser of this machine, if it has one; none is downloaded. */
final class Chromium implements AutoCloseable {

    private static final Optional<Path> FOUND = Stream.of(
                    System.getProperty("chromium", "/usr/bin/chromium"),
                    "/usr/bin/chromium-browser",
                    "/usr/bin/google-chrome")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();

    private final Playwright playwright =
            Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private final Browser browser;

    Chromium() {
        browser = playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(FOUND.orElseThrow())
                        // a sandbox would need rights that a container does not give
                        .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
    }

    /** Says what to do if it is not. */
    static boolean isThere() {
        if (FOUND.isEmpty()) {
            System.out.println("[WARNING] THE CONSOLE'S BROWSER TESTS ARE LEFT OUT: there is no /usr/bin/chromium."
                    + " To run them: apt-get install -y chromium fonts-noto-cjk; or name one: -Dchromium=/path/to/it");
        }
        return FOUND.isPresent();
    }

    Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        playwright.close();
    }
}
