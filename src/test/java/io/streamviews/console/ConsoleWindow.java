package io.streamviews.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The console in a browser's window, as somebody has it who speaks a language and likes it light or dark. */
final class ConsoleWindow implements AutoCloseable {

    private static final int PATIENCE_MS = 90_000;
    private static final Path PICTURES = Path.of("target", "console");

    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    /** How wide it is, how light, and in which language. */
    record Look(int width, ColorScheme scheme, String language) {

        static final Look LIGHT = new Look(1280, ColorScheme.LIGHT, "en-GB");
        static final Look DARK = new Look(1280, ColorScheme.DARK, "en-GB");
        static final Look NARROW = new Look(390, ColorScheme.LIGHT, "en-GB");
        static final Look KOREAN = new Look(1280, ColorScheme.DARK, "ko-KR");
    }

    ConsoleWindow(Chromium chromium, URI address, Look look) {
        context = chromium.browser()
                .newContext(new NewContextOptions()
                        .setViewportSize(look.width(), 900)
                        .setColorScheme(look.scheme())
                        .setLocale(look.language())
                        .setTimezoneId("UTC"));
        context.setDefaultTimeout(PATIENCE_MS);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        page = context.newPage();
        page.onPageError(complaints::add);
        page.onConsoleMessage(message -> {
            // a status of 400 and more is one for Chromium, and may be the answer that is asked for
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                complaints.add(message.text());
            }
        });
        page.navigate(address.toString());
    }

    Page page() {
        return page;
    }

    /** Scripts that failed, and what the Content-Security-Policy has refused. */
    List<String> complaints() {
        return complaints;
    }

    ConsoleWindow awaitLive() {
        assertThat(page.locator(".tools .pill.good")).isVisible();
        assertThat(page.locator("sv-pipeline .figure").first()).isVisible();
        return this;
    }

    /** @param part as the address names it */
    ConsoleWindow go(String part) {
        page.evaluate("part => { location.hash = part }", part);
        assertThat(page.locator("nav [aria-current]")).hasAttribute("href", "#" + part.replaceAll("/.*", ""));
        assertThat(page.locator("main .card").first()).isVisible();
        assertThat(page.locator("main .loading")).hasCount(0);
        assertThat(page.locator("sv-chart .chart:not(:has(canvas))")).hasCount(0);
        return this;
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** Asks for something, and says yes when asked whether that is meant. */
    void doAndConfirm(Locator button, String yes) {
        button.click();
        page.locator("dialog")
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(yes).setExact(true))
                .click();
    }

    void picture(String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + ".png"))
                .setFullPage(true));
    }

    /** What keeps people from using it, as axe finds. */
    List<String> barriers() {
        return new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .map(rule ->
                                rule.getId() + ": " + rule.getNodes().get(0).getHtml() + " "
                                        + rule.getNodes().get(0).getFailureSummary())
                        .toList();
    }

    /** How many pixels there are to the side that nobody sees without scrolling. */
    int overflow() {
        return (int) page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    }

    /** As from the server, one for each second. */
    void hear(int snapshots) {
        page.evaluate(
                """
                async many => {
                  const {live} = await import('/console/live.js');
                  const text = JSON.stringify(live.snapshot);
                  for (let i = 0; i < many; i++) {
                    const snapshot = JSON.parse(text);
                    snapshot.point.at += i * 1000;
                    snapshot.point.applied = i;
                    live.heard('snapshot', JSON.stringify(snapshot));
                    if (i % 30 === 0) await new Promise(done => setTimeout(done));
                  }
                }
                """,
                snapshots);
    }

    /** Bytes in use, after a collection. */
    long heap() {
        var devTools = context.newCDPSession(page);
        devTools.send("HeapProfiler.collectGarbage");
        long used = devTools.send("Runtime.getHeapUsage").get("usedSize").getAsLong();
        devTools.detach();
        return used;
    }

    @Override
    public void close() {
        context.close();
    }
}
