package org.unipelt.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.Answer;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/**
 * The pages in a browser, against the models' own answers. Needs Chromium and its driver, and is skipped where they are not
 * installed. {@code -Dpage.screenshots=FOLDER} keeps pictures.
 */
class PageTest {
    private static final File CHROMIUM = new File("/usr/bin/chromium");
    private static final File DRIVER = new File("/usr/bin/chromedriver");

    /** Half of what a bar's last digit may hide, and of a number's three digits. */
    private static final double ROUNDED = 5.1e-4;

    private static final long PATIENCE = 10_000_000_000L;

    @TempDir
    static Path folder;

    /** Held, as loggers are forgotten; Selenium warns of browsers newer than itself, whose own protocol is not used. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private static final List<Throwable> FAILURES = new CopyOnWriteArrayList<>();
    private static ChromeDriver browser;
    private static Path tuned;
    private static BaseModel base;
    private static Models models;
    private static Server open;
    private static Server guarded;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(
                CHROMIUM.canExecute() && DRIVER.canExecute(),
                "skipped: Chromium and its driver are not installed (" + CHROMIUM + ", " + DRIVER + ")");
        SELENIUM.setLevel(Level.SEVERE);
        tuned = TinyModels.write(folder);
        Path names = TinyModels.writeNames(folder);
        base = BaseModel.open(folder.resolve("base").toString());
        models = Models.open(
                List.of(tuned, names),
                (each, card) -> BaseModel.open(card.base().name()));
        open = Server.start(ServerSettings.usual(), models, FAILURES::add);
        ServerSettings.Limits usual = ServerSettings.Limits.USUAL;
        guarded = Server.start(
                ServerSettings.usual()
                        .with(new ServerSettings.Limits(usual.body(), usual.texts(), 30, usual.idle()))
                        .withToken("s3cret"),
                models,
                FAILURES::add);
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
        // What is asked of the network, without every step of loading.
        options.setExperimentalOption("perfLoggingPrefs", Map.of("enablePage", false));
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER)
                        .usingAnyFreePort()
                        .build(),
                options);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.quit();
            open.close();
            guarded.close();
            models.close();
            base.close();
            assertThat(FAILURES).isEmpty();
        }
    }

    @BeforeEach
    void forget() {
        show(1280, "light");
        // Another document, so that the next address is loaded, whatever differs from the one before.
        browser.get("about:blank");
        browser.manage().logs().get(LogType.BROWSER);
    }

    /** No test asks anything of another server. */
    @AfterEach
    void nothingWentElsewhere() {
        List<String> asked = browser.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(LogEntry::getMessage)
                .filter(message -> message.contains("\"Network.requestWillBeSent\""))
                .map(message -> message.replaceFirst(".*\"request\":\\{.*?\"url\":\"([^\"]*)\".*", "$1"))
                .toList();
        assertThat(asked)
                .isNotEmpty()
                .allMatch(address -> address.startsWith(open.address() + "/")
                        || address.startsWith(guarded.address() + "/")
                        || address.startsWith("data:")
                        // The browser's own first page.
                        || address.startsWith("chrome:"));
    }

    private static void visit(Server server, String path) {
        browser.get(server.address() + path);
    }

    private static void visitPage() {
        visit(open, "/");
        until("!document.getElementById('ask').hidden");
    }

    private static void show(int width, String scheme) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    private static Object js(String script) {
        return browser.executeScript("return " + script);
    }

    private static void until(String condition) {
        long end = System.nanoTime() + PATIENCE;
        while (!Boolean.TRUE.equals(js(condition))) {
            assertThat(System.nanoTime()).as(condition).isLessThan(end);
        }
    }

    private static List<String> console() {
        return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    private static WebElement byId(String id) {
        return browser.findElement(By.id(id));
    }

    private static void press(CharSequence... keys) {
        browser.switchTo().activeElement().sendKeys(keys);
    }

    /** Sends by the keyboard, and waits until answers and gates are there. */
    private static void send() {
        press(Keys.chord(Keys.CONTROL, Keys.ENTER));
        until("/^\\d+ answer/.test(document.getElementById('status').textContent)"
                + " && !document.getElementById('answers').innerText.includes('Reading the gates')");
    }

    private static WebElement card(String model) {
        return browser.findElement(By.cssSelector("[data-model=" + model + "]"));
    }

    /** What a reader sees of parts of the page; asks the browser once. */
    @SuppressWarnings("unchecked")
    private static List<String> texts(WebElement in, String selector) {
        return (List<String>) browser.executeScript(
                "return [...arguments[0].querySelectorAll(arguments[1])].map(part => part.innerText)", in, selector);
    }

    private static Answer answer(String name, String... texts) {
        Path place = name.equals("names") ? folder.resolve(name) : tuned.resolve(name);
        try (TunedModel model = TunedModel.load(place, base)) {
            return texts.length == 1 ? model.predict(texts[0]) : model.predict(texts[0], texts[1]);
        }
    }

    /** Asks the browser once for all that is seen of a text's answer: texts by selector, and how long bars are. */
    @SuppressWarnings("unchecked")
    private static Map<String, List<String>> shown(String model, int text) {
        return (Map<String, List<String>>) browser.executeScript("""
                const place = document.querySelectorAll(`[data-model=${arguments[0]}] .of-text`)[arguments[1]];
                const all = selector => [...place.querySelectorAll(selector)];
                const seen = Object.fromEntries(['.label', '.bars .name', '.bars .number', '.chosen .name', '.limit', '.found',
                  'mark small', '.excerpt'].map(selector => [selector, all(selector).map(part => part.innerText)]));
                seen.lengths = all('.track').map(track => {
                  const [whole, filled] = [track, track.querySelector('.fill')].map(e => e.getBoundingClientRect().width);
                  return `${whole > 100 ? filled / whole : -1}`;
                });
                return seen;""", model, text);
    }

    /** The bars of a text: every label once, ordered, with its number, and as long as it says. */
    private static void assertBars(Map<String, List<String>> shown, Map<String, Double> probabilities) {
        List<String> names = probabilities.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(shown.get(".bars .name")).containsExactlyElementsOf(names);
        for (int i = 0; i < names.size(); i++) {
            double probability = probabilities.get(names.get(i));
            assertThat(Double.parseDouble(shown.get(".bars .number").get(i))).isCloseTo(probability, within(ROUNDED));
            assertThat(Double.parseDouble(shown.get("lengths").get(i))).isCloseTo(probability, within(0.01));
        }
    }

    private static void assertGates(List<String> cells, List<GateValues> expected) {
        assertThat(cells)
                .containsExactlyElementsOf(expected.stream()
                        .map(gate -> String.format(Locale.ROOT, "%.2f", gate.values()[0]))
                        .toList());
    }

    /** The gates of the model with gates, in the order of the map: a row for each layer. */
    private static List<GateValues> gates(String text) {
        try (TunedModel model = TunedModel.load(tuned.resolve("gated"), base)) {
            List<GateValues> gates = model.gates(List.of(Example.of(text)));
            List<String> submodules =
                    gates.stream().map(GateValues::submodule).distinct().toList();
            return gates.stream()
                    .sorted(Comparator.comparing(
                                    (GateValues gate) -> gate.site().layer())
                            .thenComparing(gate -> submodules.indexOf(gate.submodule())))
                    .toList();
        }
    }

    private static void keepPicture(String name) throws IOException {
        String target = System.getProperty("page.screenshots");
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
    void modelsAreChosenAndAskedByTheKeyboard() {
        visitPage();
        assertThat(js("document.activeElement.id")).isEqualTo("text-0");
        List<String> names = models.names();
        assertThat(texts(byId("list"), ".model b")).containsExactlyElementsOf(names);
        String steps = Keys.TAB.toString().repeat(names.size() - names.indexOf("mood"));
        press(Keys.chord(Keys.SHIFT, steps));
        assertThat(js("document.activeElement.value + getComputedStyle(document.activeElement).outlineStyle"))
                .isEqualTo("moodsolid");
        press(" ");
        press(steps);
        press("so good");
        send();

        assertThat(texts(byId("answers"), "h2")).containsExactly("gated", "mood");
        for (String name : List.of("gated", "mood")) {
            Answer.Label expected = (Answer.Label) answer(name, "so good");
            Map<String, List<String>> shown = shown(name, 0);
            assertThat(shown.get(".label").get(0)).startsWith(expected.text() + " ");
            assertThat(shown.get(".chosen .name")).containsExactly(expected.text());
            assertBars(shown, expected.probabilities());
            assertThat(byId("status").getText())
                    .contains(name + ": " + expected.text() + " "
                            + shown.get(".bars .number").get(0));
        }
        assertGates(texts(card("gated"), ".map td"), gates("so good"));
        assertThat(texts(card("gated"), ".map tbody th")).containsExactly("0", "1");
        assertThat(card("gated").getText()).contains("is let in most", "card has no means");
        assertThat(card("mood").getText()).contains("This model has no gates");
        assertThat(js("document.getElementById('status').role + document.getElementById('error').role"))
                .isEqualTo("statusalert");
        assertThat(console()).isEmpty();

        // A reload brings back what was asked.
        browser.navigate().refresh();
        until("!document.getElementById('ask').hidden");
        assertThat(js("[...document.querySelectorAll('#list :checked')].map(box => box.value)"))
                .isEqualTo(List.of("gated", "mood"));
        assertThat(js("document.getElementById('text-0').value")).isEqualTo("so good");
    }

    @Test
    void everyKindOfModelAnswersTwoTexts() throws IOException {
        visitPage();
        byId("all").click();
        byId("compare").click();
        assertThat(js("document.activeElement.id")).isEqualTo("text-1");
        press("so \uD83D\uDE00 good");
        byId("text-0").sendKeys("a film");
        press(Keys.chord(Keys.CONTROL, Keys.ENTER));
        assertThat(byId("error").getText())
                .isEqualTo("The model 'ranker' reads pairs of texts; type the second one too.");
        assertThat(js("document.activeElement.id")).isEqualTo("pair-0");
        press("bad");
        byId("pair-1").sendKeys("good text");
        send();
        assertThat(byId("error").getText()).isEmpty();
        List<String[]> asked =
                List.of(new String[] {"a film", "bad"}, new String[] {"so \uD83D\uDE00 good", "good text"});
        for (String name : models.names()) {
            for (int i = 0; i < 2; i++) {
                boolean pairs = name.equals("same") || name.equals("ranker");
                String[] given = asked.get(i);
                assertShown(shown(name, i), given[0], pairs ? answer(name, given) : answer(name, given[0]));
            }
        }
        List<WebElement> maps = card("gated").findElements(By.cssSelector(".map"));
        assertThat(maps).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertGates(texts(maps.get(i), "td"), gates(asked.get(i)[0]));
        }
        assertThat(byId("status").getText()).startsWith("14 answers in ").endsWith("; and 8 more.");
        assertThat(console()).isEmpty();
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(1280, 360)) {
                show(width, scheme);
                assertThat(js("document.documentElement.scrollWidth")).isEqualTo((long) width);
                assertThat(js("matchMedia('(prefers-color-scheme: dark)').matches"))
                        .isEqualTo(scheme.equals("dark"));
                assertReadable();
                keepPicture("tiny-" + width + "-" + scheme);
            }
        }
    }

    private static void assertShown(Map<String, List<String>> shown, String text, Answer expected) {
        String headline = String.join("", shown.get(".label"));
        if (expected instanceof Answer.Label label) {
            assertThat(headline).startsWith(label.text() + " ");
            assertBars(shown, label.probabilities());
        } else if (expected instanceof Answer.Labels labels) {
            // The page orders labels by their probability.
            assertThat(shown.get(".chosen .name")).containsExactlyInAnyOrderElementsOf(labels.labels());
            assertThat(shown.get(".limit")).hasSize(2);
            assertBars(shown, labels.probabilities());
        } else if (expected instanceof Answer.Score score) {
            assertThat(headline)
                    .isEqualTo(String.format(Locale.ROOT, "score %.3f", score.value())
                            .replace('-', '\u2212'));
        } else if (expected instanceof Answer.Relevance relevance) {
            assertBars(shown, Map.of("relevance", relevance.value()));
        } else {
            List<Answer.Spans.Found> found = ((Answer.Spans) expected).spans();
            assertThat(found).isNotEmpty();
            assertThat(shown.get(".found")).containsExactly(marked(text, found));
            assertThat(shown.get("mark small"))
                    .containsExactlyElementsOf(
                            found.stream().map(Answer.Spans.Found::label).toList());
        }
    }

    /** The text with each name's label behind it. */
    private static String marked(String text, List<Answer.Spans.Found> found) {
        StringBuilder marked = new StringBuilder(text);
        found.stream()
                .sorted(Comparator.comparing(Answer.Spans.Found::end).reversed())
                .forEach(each -> marked.insert(each.end(), each.label()));
        return marked.toString();
    }

    /** WCAG's contrast of words and of every colour of a map. */
    private static void assertReadable() {
        assertThat(js("""
                (() => {
                  const light = c => {
                    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
                        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const cell = document.querySelector('.map td');
                  const kept = cell.className;
                  const contrast = (e, behind) => {
                    const [ink, paper] = [light(getComputedStyle(e).color), light(getComputedStyle(behind).backgroundColor)];
                    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
                  };
                  const poor = ['h2', '.note', '.label .number', '.map th', '#status', 'summary'].filter(words =>
                      contrast(document.querySelector(words), document.documentElement) < 4.5);
                  for (let i = 0; i < 9; i++) {
                    cell.className = 'g' + i;
                    if (contrast(cell, cell) < 4.5) poor.push(cell.className + ' ' + contrast(cell, cell));
                  }
                  cell.className = kept;
                  return poor;
                })()""")).isEqualTo(List.of());
    }

    @Test
    void meansStandBesideTheGates() {
        // What the server adds if a card has means: here 0.5 for every gate, but 0.1 for the last.
        Object script = browser.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", """
                const asked = window.fetch;
                window.fetch = async (path, how) => {
                  const answer = await asked(path, how);
                  if (!path.endsWith('/gates')) return answer;
                  const read = await answer.json();
                  read.means = {part: 'dev', rows: 40};
                  read.gates.forEach((gate, i) => { gate.mean = i === read.gates.length - 1 ? 0.1 : 0.5; });
                  return new Response(JSON.stringify(read));
                };"""))
                .get("identifier");
        try {
            visitPage();
            press("so good");
            send();
            List<GateValues> gates = gates("so good");
            GateValues last = gates.get(gates.size() - 1);
            List<WebElement> maps = card("gated").findElements(By.cssSelector(".map"));
            assertThat(maps).hasSize(2);
            List<String> means = texts(maps.get(1), "td");
            assertThat(means).hasSize(gates.size());
            assertThat(means.subList(0, means.size() - 1)).containsOnly("0.50");
            assertThat(means.get(means.size() - 1)).isEqualTo("0.10");
            assertThat(texts(maps.get(0), "td.furthest"))
                    .containsExactly(
                            String.format(Locale.ROOT, "%.2f\n+%.2f", last.values()[0], last.values()[0] - 0.1));
            assertThat(card("gated").getText())
                    .contains("Mean over 40 development rows", "Furthest from the means over 40 development rows: ")
                    .contains(String.format(
                            Locale.ROOT,
                            "The single gate: layer %d, %s at %s, %.2f in place of 0.10.",
                            last.site().layer(),
                            last.submodule(),
                            last.site().place().text(),
                            last.values()[0]));
        } finally {
            browser.executeCdpCommand("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", script));
        }
    }

    @Test
    void aTextIsNeverHtml() {
        String text = "<img src=x onerror=\"document.title='owned'\"> film <b>so</b>";
        visitPage();
        byId("compare").click();
        press("good");
        byId("text-0").sendKeys(text);
        byId("none").click();
        browser.findElement(By.cssSelector("[value=names]")).click();
        send();
        Map<String, List<String>> shown = shown("names", 0);
        assertThat(shown.get(".excerpt")).containsExactly(text);
        Answer.Spans found = (Answer.Spans) answer("names", text);
        assertThat(shown.get(".found")).containsExactly(marked(text, found.spans()));
        assertThat(browser.findElements(By.cssSelector("#answers img, #answers b, #again img")))
                .isEmpty();
        assertThat(browser.getTitle()).isEqualTo("UniPELT");
        assertThat(byId("curl").getDomProperty("textContent"))
                .contains("onerror=\\\"document.title='\\''owned'\\''\\\"")
                .contains("'" + open.address() + "/predict'");
        assertThat(console()).isEmpty();
        // Nor could another script make it so.
        String attempt = "(() => { try { document.body.innerHTML = '<i>a</i>'; } catch (e) { return e.name; } })()";
        assertThat(js(attempt)).isEqualTo("TypeError");
    }

    @Test
    void aServerWithATokenIsAskedWithIt() {
        visit(guarded, "/");
        until("!document.getElementById('token-form').hidden");
        assertThat(byId("ask").isDisplayed()).isFalse();
        press("wrong", Keys.ENTER);
        until("document.getElementById('error').textContent !== ''");
        assertThat(byId("error").getText()).isEqualTo("The server does not take this token.");
        press("s3cret", Keys.ENTER);
        until("!document.getElementById('ask').hidden");
        assertThat(byId("token-form").isDisplayed()).isFalse();
        press("so good");
        send();
        assertBars(shown("gated", 0), ((Answer.Label) answer("gated", "so good")).probabilities());
        assertThat(js("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"
                                + " + document.documentElement.outerHTML + location")
                        .toString())
                .doesNotContain("s3cret");
        // The two that had no token or a wrong one.
        assertThat(console()).hasSize(2).allMatch(message -> message.contains("401"));

        byId("text-0").sendKeys(" so good so good so good so good");
        press(Keys.chord(Keys.CONTROL, Keys.ENTER));
        until("document.getElementById('error').textContent !== ''");
        assertThat(byId("error").getText())
                .isEqualTo("'inputs' at place 0 has 39 characters, and 30 are the most; send a shorter text.");
        assertThat(byId("answers").getText()).isEmpty();
    }

    @Test
    void theDescriptionIsShown() throws IOException {
        visit(open, "/docs");
        until("document.querySelectorAll('.opblock').length > 0");
        assertThat(texts(browser.findElement(By.id("swagger-ui")), ".opblock-summary-path").stream()
                        .map(path -> path.replace("\u200b", "")))
                .contains("/predict", "/v1/models/{name}/gates", "/v2/models/{name}/infer", "/rerank");
        assertThat(console()).isEmpty();
        show(360, "dark");
        assertThat(js("document.documentElement.scrollWidth")).isEqualTo(360L);
        keepPicture("docs-360-dark");
        show(1280, "light");
        keepPicture("docs-1280-light");
    }
}
