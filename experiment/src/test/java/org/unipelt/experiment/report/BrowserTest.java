package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.unipelt.experiment.report.Report.Format;

/**
 * The page in a browser: what is drawn, what it asks the network for. Needs Chromium and its driver, and is skipped where
 * they are not installed. {@code -Dreport.screenshots=FOLDER} keeps pictures of a made-up study.
 */
class BrowserTest {
    private static final File CHROMIUM = new File("/usr/bin/chromium");
    private static final File DRIVER = new File("/usr/bin/chromedriver");

    /** As many methods as a comparison has, one of them with a long text of its own. */
    private static final List<String> TEN = List.of(
            "full",
            "probe",
            "head",
            "bitfit",
            "adapter",
            "prefix",
            "lora",
            "unipelt-ap",
            "unipelt-al",
            "lora(rank=4,alpha=8,on=query+key+value+attention-out+ffn-up+ffn-down)");

    @TempDir
    static Path folder;

    /** Held, as loggers are forgotten; Selenium warns of browsers newer than itself, whose own protocol is not used. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private static ChromeDriver browser;

    @BeforeAll
    static void open() throws IOException {
        assumeTrue(
                CHROMIUM.canExecute() && DRIVER.canExecute(),
                "skipped: Chromium and its driver are not installed (" + CHROMIUM + ", " + DRIVER + ")");
        SELENIUM.setLevel(Level.SEVERE);
        Report.of(MadeUpStudy.whole().study()).write(page("study"), Format.HTML);
        Report.of(MadeUpStudy.ofTable("messages.csv", TEN).study()).write(page("table"), Format.HTML);
        TrainingReportTest.report(MadeUpTraining.ofClasses(folder.resolve("classes"), 4))
                .write(page("classes"), Format.HTML);
        TrainingReportTest.report(MadeUpTraining.ofClasses(folder.resolve("many"), 30))
                .write(page("many-classes"), Format.HTML);
        TrainingReportTest.report(MadeUpTraining.ofScores(folder.resolve("scores")))
                .write(page("scores"), Format.HTML);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM);
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + folder.resolve("profile"));
        options.setCapability("goog:loggingPrefs", Map.of(LogType.PERFORMANCE, "ALL", LogType.BROWSER, "ALL"));
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER)
                        .usingAnyFreePort()
                        .build(),
                options);
        browser.get(page("study").toUri().toString());
    }

    private static Path page(String name) {
        return folder.resolve(name + ".html");
    }

    private static void visit(String name) {
        browser.get(page(name).toUri().toString());
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.quit();
        }
    }

    private static void show(int width, int height, String scheme) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of("name", "prefers-color-scheme", "value", scheme),
                                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    }

    private static Object js(String script) {
        return browser.executeScript("return " + script);
    }

    private static void keepPicture(String name) throws IOException {
        String target = System.getProperty("report.screenshots");
        if (target != null) {
            Object data = browser.executeCdpCommand(
                            "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
                    .get("data");
            Files.write(
                    Files.createDirectories(Path.of(target)).resolve(name + ".png"),
                    Base64.getDecoder().decode((String) data));
        }
    }

    @Test
    void nothingIsAskedOfTheNetwork() {
        visit("study");
        // What the browser loaded before, its own first page among it.
        browser.manage().logs().get(LogType.PERFORMANCE).getAll();
        browser.navigate().refresh();
        List<String> asked = browser.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(LogEntry::getMessage)
                .filter(message -> message.contains("\"Network.requestWillBeSent\""))
                .map(message -> message.replaceFirst(".*\"request\":\\{.*?\"url\":\"([^\"]*)\".*", "$1"))
                .toList();
        assertThat(asked).containsExactly(browser.getCurrentUrl());
        assertThat(js("performance.getEntriesByType('resource').length")).isEqualTo(0L);
        assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "study, 1280, light",
        "study, 1280, dark",
        "study, 390, light",
        "study, 390, dark",
        "table, 1280, light",
        "table, 768, dark",
        "table, 390, dark",
        "classes, 1280, light",
        "classes, 1280, dark",
        "classes, 768, light",
        "classes, 390, dark",
        "many-classes, 1280, light",
        "many-classes, 390, light",
        "scores, 1280, dark",
        "scores, 390, light"
    })
    void everythingIsDrawnAndThePageNeverScrollsSideways(String page, int width, String scheme) throws IOException {
        visit(page);
        show(width, 900, scheme);
        browser.executeScript("document.querySelectorAll('details').forEach(d => d.open = true)");
        assertThat(js("document.documentElement.scrollWidth")).isEqualTo((long) width);
        assertThat(js("matchMedia('(prefers-color-scheme: dark)').matches")).isEqualTo(scheme.equals("dark"));
        assertThat(js("[...document.querySelectorAll('table')].filter(t => t.rows.length < 2"
                        + " || t.getBoundingClientRect().height < 30).map(t => t.id)"))
                .isEqualTo(List.of());
        assertThat(js(
                        "[...document.querySelectorAll('figure svg[role=img]')].filter(s => { const b = s.getBoundingClientRect();"
                                + " return b.width < 200 || b.height < 50; }).map(s => s.getAttribute('aria-label'))"))
                .isEqualTo(List.of());
        assertThat(js("[...document.querySelectorAll('polyline')].filter(p => p.getTotalLength() < 20"
                        + " || getComputedStyle(p).stroke === 'none').length"))
                .isEqualTo(0L);
        // Words beside the charts stay within them, or a phone would cut them off.
        assertThat(js(
                        "[...document.querySelectorAll('figure svg[role=img]')].filter(s => { const b = s.getBoundingClientRect();"
                                + " return [...s.querySelectorAll('text')].some(t => { const w = t.getBoundingClientRect();"
                                + " return w.left < b.left - 4 || w.right > b.right + 8; }); })"
                                + ".map(s => s.getAttribute('aria-label'))"))
                .isEqualTo(List.of());
        // WCAG's contrast of text and of what is said more softly.
        for (String words : List.of("body", ".note", "td small", "nav a")) {
            if (browser.findElements(By.cssSelector(words)).isEmpty()) {
                continue;
            }
            assertThat((Double) js("""
                    (() => {
                      const light = c => {
                        const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
                            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                      };
                      const ink = light(getComputedStyle(document.querySelector('%s')).color);
                      const paper = light(getComputedStyle(document.documentElement).backgroundColor);
                      return 0.0 + (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
                    })()""".formatted(words))).as(words).isGreaterThan(4.5);
        }
        browser.executeScript("document.querySelectorAll('details').forEach(d => d.open = false)");
        keepPicture(page + "-" + width + "-" + scheme);
    }

    @Test
    void theAtlasShowsTheMeanOrTheSpread() throws IOException {
        visit("study");
        show(1280, 900, "light");
        String first = "document.querySelector('.map td').innerText";
        String mean = (String) js(first);
        Object colour = js("getComputedStyle(document.querySelector('.map td')).backgroundColor");
        browser.findElement(By.id("atlas-spread")).click();
        assertThat((String) js(first)).matches("0\\.\\d\\d").isNotEqualTo(mean);
        assertThat(js("getComputedStyle(document.querySelector('.map td')).backgroundColor"))
                .isNotEqualTo(colour);
        keepPicture("atlas-spread");
        browser.findElement(By.id("atlas-mean")).click();
        assertThat((String) js(first)).isEqualTo(mean);
    }

    @Test
    void aTableThatGoesOnShowsIt() {
        visit("classes");
        show(390, 900, "light");
        assertThat(js("[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth).length"))
                .isNotEqualTo(0L);
        assertThat((String) js("getComputedStyle(document.querySelector('.scroll')).backgroundAttachment"))
                .isEqualTo("local, scroll");
    }

    @Test
    void theChosenCurveStandsOut() {
        visit("table");
        show(1280, 900, "light");
        browser.findElement(By.id("curve-3")).click();
        assertThat(js("getComputedStyle(document.querySelector('.curves figure .m3')).opacity"))
                .isEqualTo("1");
        assertThat(js("getComputedStyle(document.querySelector('.curves figure .m4')).opacity"))
                .isEqualTo("0.22");
    }
}
