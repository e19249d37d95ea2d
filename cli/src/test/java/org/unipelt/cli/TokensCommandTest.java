package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.testkit.TinyBert;

/** Names found in texts, from the command line: both forms of files, and every command that reads or gives them. */
class TokensCommandTest {
    private static final String FACE = "\ud83d\ude00";

    @TempDir
    static Path folder;

    private static Path base;
    private static Path lines;
    private static Path words;
    private static Path model;

    @BeforeAll
    static void train() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        StringBuilder json = new StringBuilder();
        StringBuilder conll = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            String first = "w" + i % 30;
            json.append("{\"text\":\"" + first + " great so awful film\",\"spans\":[[" + (first.length() + 1) + ","
                    + (first.length() + 6) + ",\"praise\"],{\"start\":" + (first.length() + 10) + ",\"end\":"
                    + (first.length() + 20) + ",\"label\":\"work\"}]}\n");
            conll.append(first + " O\ngreat B-praise\nso O\nawful B-work\nfilm I-work\n\n");
        }
        lines = Files.writeString(folder.resolve("rows.jsonl"), json);
        words = Files.writeString(folder.resolve("rows.conll"), conll);
        model = folder.resolve("model");
        Shell.Outcome trained = train(lines, "model", "--test", words, "--max-length", 16);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("read    JSON Lines, spans by code points")
                .contains("labels  32 rows, 2 labels, 2.0 a row: praise 32, work 32")
                .contains("texts   none longer than 16 tokens");
        assertThat(trained.out())
                .contains("entity-f1", "precision  recall    f1  names  label, the weakest first")
                .contains("     1.00    1.00  1.00     32  work");
    }

    private static Shell.Outcome train(Path rows, String out, Object... more) {
        List<Object> all = new ArrayList<>(List.of("train", "--task", "tokens", "--train", rows));
        all.addAll(List.of("--out", folder.resolve(out), "--model", base, "--method", "probe"));
        all.addAll(List.of(more));
        return Shell.run(all.toArray());
    }

    @Test
    void bothFormsTrainTheSameModel() {
        Shell.Outcome trained = train(words, "of-words", "--max-length", 6);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("read    CoNLL, tags in IOB2")
                .contains("texts   32 of 32 longer than 6 tokens, read in windows that overlap by a quarter");
        train(lines, "of-lines", "--max-length", 6);
        assertThat(folder.resolve("of-words").resolve("adapter.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("of-lines").resolve("adapter.safetensors"));
    }

    @Test
    void namesComeWithCodePointsAndProbabilities() throws IOException {
        String text = FACE + " great so awful film";
        JsonNode predicted = Shell.run("predict", model, text, "--json").json();
        JsonNode spans = predicted.get("spans");
        assertThat(spans).hasSize(2);
        assertThat(spans.get(0).get("start").asInt()).isEqualTo(2);
        assertThat(spans.get(0).get("end").asInt()).isEqualTo(7);
        assertThat(spans.get(0).get("label").asText()).isEqualTo("praise");
        assertThat(spans.get(1).get("text").asText()).isEqualTo("awful film");
        assertThat(spans.get(1).get("probability").asDouble()).isBetween(0.3, 1.0);
        // What predict writes, train and evaluate read.
        Path again = folder.resolve("again.jsonl");
        Shell.Outcome written = Shell.run("predict", model, "--data", lines, "--json", "--out", again);
        assertThat(written.code()).as(written.err()).isZero();
        JsonNode evaluated =
                Shell.run("evaluate", model, "--data", again, "--json").json();
        assertThat(evaluated.at("/metrics/entity-f1").asDouble()).isEqualTo(1);
        assertThat(evaluated.at("/entities/0/support").asInt()).isEqualTo(32);
        String plain = Shell.run("predict", model, text).out();
        assertThat(plain).startsWith("great (praise); awful film (work)\t0.").endsWith("\t" + text + "\n");
        assertThat(Shell.run("predict", model, text, "--threshold", 1).out()).isEqualTo("\t\t" + text + "\n");
    }

    @Test
    void conllGoesInAndOut() throws IOException {
        Shell.Outcome tagged = Shell.run("predict", model, "--data", words, "--format", "conll");
        assertThat(tagged.code()).as(tagged.err()).isZero();
        assertThat(tagged.out()).isEqualTo(Files.readString(words).replace(' ', '\t'));
        assertThat(Shell.run("predict", model, "w3 great so awful film", "--format", "conll")
                        .out())
                .isEqualTo("w\tO\n3\tO\ngreat\tB-praise\nso\tO\nawful\tB-work\nfilm\tI-work\n\n");
        Shell.Outcome report = Shell.run("report", model, "--data", words, "--format", "markdown");
        assertThat(report.code()).as(report.err()).isZero();
        assertThat(report.out()).contains("| work | 1.00 | 1.00 | 1.00 | 32 |");
        assertThat(Shell.run("card", model).out())
                .contains("pipeline_tag: token-classification", "finds names of 2 kinds");
    }

    /** One line each. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train --task tokens | there is nothing to train on; --task tokens needs --train FILE",
                "train --task tokens --train LINES --labels multi | --task tokens says what the labels are: spans; leave out --labels",
                "train --task tokens --train LINES --pair other | names are found in single texts; leave out --pair",
                "train --task tokens --train LINES --merge-case | --merge-case and --min-rows-per-class are for classes, and here the labels are of spans; leave them out",
                "train --task tokens --train WORDS --label tag | is CoNLL, whose first column is the word and whose last is the tag; leave out --text and --label",
                "train --task tokens --train LINES --model BASE --max-length 16 --pooling first | pooling is for a model that reads one vector a text; leave it out with names found in texts",
                "train --task tokens --train LINES --model BASE --max-length 16 --metric accuracy | metric accuracy does not fit labels that are spans with 2 labels; use one of: entity-f1, entity-precision, entity-recall, entity-macro-f1",
                "predict MODEL great --top 2 | --top is for a model of classes, and this one predicts spans with 2 labels; leave it out",
                "predict MODEL great --format xml | unknown format 'xml'",
                "compare --train LINES --labels tokens | a study and 'unipelt compare' have one answer a text; train models that find names one by one with 'unipelt train --task tokens'",
                "export MODEL --out OUT --format peft | a model that finds names in texts is used here alone; format peft has only models that answer for a whole text",
            })
    void aMistakeIsOneLine(String command, String message) {
        Object[] typed = List.of(command.strip().split(" ")).stream()
                .map(word -> switch (word) {
                    case "LINES" -> (Object) lines;
                    case "WORDS" -> words;
                    case "MODEL" -> model;
                    case "BASE" -> base;
                    case "OUT" -> folder.resolve("out");
                    default -> word;
                })
                .toArray();
        Shell.Outcome outcome = Shell.run(typed);
        assertThat(outcome.code()).as(outcome.out()).isNotZero();
        assertThat(outcome.err().lines().filter(line -> line.contains(message)))
                .as(outcome.err())
                .hasSize(1);
    }
}
