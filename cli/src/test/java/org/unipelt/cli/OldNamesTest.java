package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.testkit.TinyBart;
import org.unipelt.testkit.TinyBert;

/** Earlier names of options go on working, and nothing shows them. */
class OldNamesTest {
    private static final List<Object> SHORT = List.of("--method", "head", "--epochs", 1, "--max-length", 16, "--quiet");

    @TempDir
    static Path home;

    private static Path base;
    private static Path table;
    private static Path model;
    private static Path pairs;

    @BeforeAll
    static void tune() throws IOException {
        base = TinyBert.write(home.resolve("tiny-bert"));
        table = Files.writeString(
                home.resolve("films.tsv"),
                "body\tother\tverdict\n" + "great film\ta joy\tgood\nso bad\ta pain\tbad\n".repeat(6));
        model = trained("model", "--train", table, "--text", "body", "--label", "verdict");
        pairs = trained("pairs", "--train", table, "--text", "body", "--pair", "other", "--label", "verdict");
    }

    private static Path trained(String name, Object... data) {
        Path folder = home.resolve(name);
        List<Object> args = new ArrayList<>(List.of("train", "--model", base, "--out", folder));
        args.addAll(Arrays.asList(data));
        args.addAll(SHORT);
        ran(args.toArray());
        return folder;
    }

    private static String ran(Object... args) {
        Shell.Outcome outcome = Shell.run(args);
        assertThat(outcome.code()).as(outcome.err()).isZero();
        return outcome.out();
    }

    private static void refused(String message, Object... args) {
        Shell.Outcome outcome = Shell.run(args);
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).isEqualTo("unipelt: " + message + "\n");
    }

    @Test
    void columnsOfTrainingAndEvaluation() throws IOException {
        Path old = trained("old", "--train", table, "--source", "body", "--target=verdict");
        assertThat(old.resolve("adapter.safetensors")).hasSameBinaryContentAs(model.resolve("adapter.safetensors"));
        assertThat(ran("evaluate", model, "--data", table, "--source", "body", "--target", "verdict"))
                .isEqualTo(ran("evaluate", model, "--data", table, "--text", "body", "--label", "verdict"));
        refused(
                "--target is the earlier name of --label; give only --label",
                "train",
                "--train",
                table,
                "--label",
                "verdict",
                "--target",
                "verdict");
    }

    @Test
    void textsToPredict() throws IOException {
        String answers = ran("predict", model, "--data", table, "--text", "body");
        assertThat(ran("predict", model, "--file", table, "--text-column", "body"))
                .isEqualTo(answers);
        assertThat(ran("predict", model, "--file=" + table, "--text-column=body"))
                .isEqualTo(answers);
        String ofPairs = ran("predict", pairs, "--data", table, "--text", "body", "--pair", "other");
        assertThat(ran("predict", pairs, "--file", table, "--pair-column", "other"))
                .isEqualTo(ofPairs);
        refused(
                "--file is the earlier name of --data; give only --data",
                "predict",
                model,
                "--data",
                table,
                "--file",
                table);
        refused(
                "--pair-column is the earlier name of --pair; give only --pair",
                "predict",
                pairs,
                "--data",
                table,
                "--pair",
                "other",
                "--pair-column",
                "other");
    }

    /** Earlier versions took second texts with --pair. */
    @Test
    void secondTextsToPredict() {
        String answers = ran("predict", pairs, "a joy", "so good", "a pain", "so bad");
        assertThat(ran("predict", pairs, "a joy", "a pain", "--pair", "so good", "--pair", "so bad"))
                .isEqualTo(answers);
    }

    @Test
    void afterTwoDashesEverythingIsText() {
        assertThat(ran("predict", model, "--", "--file")).contains("--file");
    }

    @Test
    void theTableToCompareOn() {
        Path out = home.resolve("compared");
        List<Object> args =
                new ArrayList<>(List.of("compare", "--data", table, "--source", "body", "--target", "verdict"));
        args.addAll(List.of("--model", base, "--methods", "probe", "--runs", 1, "--max-length", 16, "--out", out));
        String said = ran(args.toArray());
        assertThat(said.replaceAll("\\s+", " "))
                .contains("unipelt train --train " + table + " --method probe")
                .contains("--text body --label verdict")
                .doesNotContain("--data", "--source", "--target");
        refused(
                "--data is the earlier name of --train; give only --train",
                "compare",
                "--data",
                table,
                "--train",
                table);
    }

    @Test
    void settingsOfTextGeneration() throws IOException {
        Path bart = TinyBart.bart(home.resolve("tiny-bart"));
        Path news = Files.writeString(home.resolve("news.tsv"), MistakeScene.NEWS);
        Object[] args = {
            "train",
            "--task",
            "summarization",
            "--train",
            news,
            "--label",
            "summary",
            "--model",
            bart,
            "--method",
            "lora(rank=2)",
            "--epochs",
            1,
            "--max-length",
            16,
            "--quiet",
            "--out"
        };
        ran(with(args, home.resolve("now"), "--generation-max-length", 10, "--generation-min-length", 4));
        ran(with(args, home.resolve("before"), "--write-at-most", 10, "--write-at-least=4"));
        assertThat(home.resolve("before").resolve("adapter.json"))
                .content()
                .contains("\"maxLength\" : 10", "\"minLength\" : 4");
        Path settings = Files.writeString(
                home.resolve("settings.yaml"), "target: summary\nwrite-at-most: 10\nwrite-at-least: 4\n");
        ran(with(args, home.resolve("file"), "--config", settings));
        for (String other : List.of("before", "file")) {
            assertThat(home.resolve(other).resolve("adapter.safetensors"))
                    .hasSameBinaryContentAs(home.resolve("now").resolve("adapter.safetensors"));
        }
        Path twice = Files.writeString(home.resolve("twice.yaml"), "write-at-most: 10\ngeneration-max-length: 10\n");
        refused(
                twice + ":2: 'generation-max-length' is given twice",
                with(args, home.resolve("twice"), "--config", twice));
    }

    private static Object[] with(Object[] args, Object... more) {
        List<Object> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(Arrays.asList(more));
        return all.toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"check", "train", "compare", "evaluate", "gates", "predict"})
    void helpHasTheNewNames(String command) {
        assertThat(ran(command, "--help"))
                .doesNotContainPattern(
                        "--(source|target|file|text-column|pair-column|write-at-most|write-at-least)\\b(?!-)");
    }

    @Test
    void completionHasTheNewNames() {
        assertThat(ran("generate-completion"))
                .contains("--generation-max-length")
                .doesNotContainPattern(
                        "--(source|target|file|text-column|pair-column|write-at-most|write-at-least)\\b(?!-)");
    }

    @ParameterizedTest
    @CsvSource({
        "compare --data a --text b,                compare --train a --text b",
        "compare --task rte --data a,              compare --task rte --data a",
        "compare --data=a --task=rte,              compare --data=a --task=rte",
        "evaluate m --data a,                      evaluate m --data a",
        "--stacktrace predict m --file a,          --stacktrace predict m --data a",
        "predict m -- --file,                      predict m -- --file",
        "sweep compare --data a,                   sweep compare --data a"
    })
    void namesAreReplacedByCommand(String given, String now) {
        assertThat(OldNames.replace(given.split(" ")))
                .containsExactly(now.strip().split(" "));
    }
}
