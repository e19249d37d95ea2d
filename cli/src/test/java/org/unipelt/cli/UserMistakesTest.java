package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.unipelt.cli.MistakeScene.GOOD;
import static org.unipelt.cli.MistakeScene.NONE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBart;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataSpec;

/**
 * Mistakes that people make. Each is told in one line that says what, where and what to do; the exit code is 2, nothing is
 * on standard output, and no file or folder is left, changed or removed.
 */
class UserMistakesTest {
    private static final String PAIRS = "sentence1\tsentence2\tlabel\na joy\tso good\tyes\na joy\tso bad\tno\na"
            + " pain\tso bad\tyes\na pain\tso good\tno\n";
    private static final String GATED = "unipelt(adapter(bottleneck=4),lora(rank=2))";

    @TempDir
    static Path home;

    private static MistakeScene.Models models;

    @BeforeAll
    static void tune() throws IOException {
        Path base = TinyBert.write(home.resolve("tiny-bert"));
        Path single = Files.writeString(home.resolve("single.tsv"), GOOD);
        Path pairs = Files.writeString(home.resolve("pairs.tsv"), PAIRS);
        models = new MistakeScene.Models(
                base,
                home.resolve("tuned-single"),
                home.resolve("tuned-ungated"),
                home.resolve("tuned-pairs"),
                home.resolve("stopped"),
                TinyBart.bart(home.resolve("tiny-bart")),
                TinyBart.mbart(home.resolve("tiny-mbart")),
                home.resolve("tuned-writer"));
        Path news = Files.writeString(home.resolve("news.tsv"), MistakeScene.NEWS);
        try (BaseModel opened = BaseModel.open(models.bart().toString())) {
            Tuning.of(opened, "lora(rank=2)")
                    .on(DataSpec.of(news).withTargets(LabelKind.SUMMARY, "text", "summary"))
                    .with(settings -> settings.epochs(1).maxLength(16))
                    .train(models.writer())
                    .close();
        }
        try (BaseModel opened = BaseModel.open(base.toString())) {
            tuning(opened, GATED, single).train(models.single()).close();
            tuning(opened, "head", single).train(models.ungated()).close();
            tuning(opened, "head", pairs).train(models.pairs()).close();
            tuning(opened, "head", single).train(models.stopped(), () -> true);
        }
    }

    private static Tuning tuning(BaseModel base, String method, Path data) {
        return Tuning.of(base, method).on(DataSpec.of(data)).with(settings -> settings.epochs(1)
                .maxLength(16));
    }

    /** Makes the mistake in a scene. */
    @FunctionalInterface
    private interface Making {
        List<Object> in(MistakeScene scene) throws IOException;
    }

    private record Mistake(String name, String input, Making making, String[] says) {
        DynamicTest test() {
            return dynamicTest(name, () -> {
                Path folder = Files.createTempDirectory(home, "mistake");
                MistakeScene scene = new MistakeScene(folder, models);
                scene.tell(input, making.in(scene), says);
            });
        }
    }

    private static Mistake mistake(String name, Making making, String... says) {
        return new Mistake(name, "", making, says);
    }

    private static List<DynamicTest> tests(Mistake... mistakes) {
        return Arrays.stream(mistakes).map(Mistake::test).toList();
    }

    @Test
    void withoutAMistakeAllIsWell() throws IOException {
        MistakeScene scene = new MistakeScene(Files.createTempDirectory(home, "right"), models);
        Shell.Outcome trained = Shell.run(scene.train().toArray());
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err().lines()).allMatch(line -> line.contains("classes have fewer than 5 rows"));
        assertThat(Shell.run("predict", scene.at("out"), "great film").code()).isZero();
        assertThat(Shell.run("evaluate", models.pairs(), "--data", home.resolve("pairs.tsv"))
                        .code())
                .isZero();
        assertThat(Shell.run("gates", models.single(), "--data", home.resolve("single.tsv"))
                        .code())
                .isZero();
        assertThat(Shell.run(scene.write("--out", scene.at("writer")).toArray()).code())
                .isZero();
        assertThat(Shell.run(scene.write(
                                        "--model",
                                        models.mbart(),
                                        "--target-language",
                                        "ro_RO",
                                        "--out",
                                        scene.at("translator"))
                                .toArray())
                        .code())
                .isZero();
    }

    @TestFactory
    List<DynamicTest> dataFiles() {
        return tests(
                mistake("missing", s -> s.train("--train", s.at("no.tsv")), "no.tsv: there is no such file; check"),
                mistake("empty", s -> s.trainOn("a.tsv", ""), "a.tsv: is empty; give a file with rows"),
                mistake("a folder", s -> s.train("--train", s.directory("a.tsv")), "a.tsv: is a folder; give a file"),
                mistake("header only", s -> s.trainOn("a.tsv", "text\tlabel\n"), "has a header but no rows; add rows"),
                mistake("byte-order mark only", s -> s.trainOn("a.tsv", "\uFEFF"), "a.tsv: "),
                mistake(
                        "binary",
                        s -> s.train("--train", s.file("a.tsv", new byte[4000])),
                        "a.tsv: is a binary file, not text; give TSV"),
                mistake(
                        "a spreadsheet",
                        s -> s.train("--train", s.file("a.csv", new byte[] {'P', 'K', 3, 4, 9, 9})),
                        "a.csv: is a zip file or a spreadsheet, not text; save it as CSV"),
                mistake(
                        "UTF-16",
                        s -> s.train("--train", s.file("a.tsv", GOOD.getBytes(StandardCharsets.UTF_16))),
                        "a.tsv: is UTF-16; save it as UTF-8"),
                mistake(
                        "no gzip in .gz",
                        s -> s.trainOn("a.tsv.gz", GOOD),
                        "a.tsv.gz: is not a whole gzip file; download or compress it again"),
                mistake(
                        "half a gzip",
                        s -> s.train("--train", s.gzip("a.tsv.gz", GOOD, 0.6)),
                        "a.tsv.gz: is not a whole gzip file"),
                mistake(
                        "gzip without .gz",
                        s -> s.train("--train", s.gzip("a.tsv", GOOD, 1)),
                        "a.tsv: is compressed by gzip; give it a name ending in .gz"),
                mistake("unknown ending", s -> s.trainOn("a.xlsx", GOOD), "a.xlsx: ", ".tsv"),
                mistake(
                        "below a file",
                        s -> s.train("--train", s.file("a", GOOD).resolve("b.tsv")),
                        "b.tsv: "),
                mistake("missing development file", s -> s.train("--dev", s.at("no.tsv")), "no.tsv: there is no such"),
                mistake("missing test file", s -> s.train("--test", s.at("no.tsv")), "no.tsv: there is no such file"),
                mistake("a JSON array", s -> s.trainOn("a.json", "[{\"text\": \"a\"}]"), "is one JSON array; write"),
                mistake(
                        "semicolons in .tsv",
                        s -> s.trainOn("a.tsv", "text;label\na;good\nb;bad\n"),
                        "there is no column 'label'",
                        "looks divided by ';'; say so with --delimiter"),
                mistake(
                        "a delimiter of two characters",
                        s -> s.train("--delimiter", "::"),
                        "the delimiter is '::'; give one character, as in ';', or the word tab"),
                mistake(
                        "a delimiter for JSON Lines",
                        s -> s.trainOn("a.jsonl", "{\"text\": \"a\"}", "--delimiter", ";"),
                        "a.jsonl: is JSON Lines, which has no delimiter; leave out --delimiter"),
                mistake(
                        "unknown encoding",
                        s -> s.train("--encoding", "latin-eins"),
                        "the encoding 'latin-eins' is not known; give one such as windows-1252"),
                mistake(
                        "an encoding without ASCII",
                        s -> s.train("--encoding", "UTF-16"),
                        "files in UTF-16 cannot be read; save the file as UTF-8"),
                mistake(
                        "no rows per class",
                        s -> s.train("--min-rows-per-class", 0),
                        "min rows per class must be at least 1, got 0"),
                mistake(
                        "all classes too small",
                        s -> s.train("--min-rows-per-class", 9),
                        "good.tsv: every class is left out; set --min-rows-per-class lower"));
    }

    @TestFactory
    List<DynamicTest> columnsAndRows() {
        return tests(
                mistake(
                        "misspelt label column",
                        s -> s.train("--label", "lable"),
                        "good.tsv: there is no column 'lable' for the label; did you mean 'label'? columns: text, label;"
                                + " choose one with --label (in a spec: columns: {label: NAME})"),
                mistake(
                        "misspelt text column",
                        s -> s.train("--text", "texts"),
                        "no column 'texts' for the text; did you mean 'text'?"),
                mistake(
                        "missing pair column",
                        s -> s.train("--pair", "other"),
                        "no column 'other' for the second text"),
                mistake(
                        "no label column",
                        s -> s.trainOn("a.tsv", "text\nso good\nso bad\n"),
                        "a.tsv: there is no column 'label' for the label; columns: text; choose one with --label"),
                mistake(
                        "no text column",
                        s -> s.trainOn("a.tsv", "one\ttwo\tlabel\na\tb\tgood\na\tb\tbad\n"),
                        "which column holds the text? none is called 'text' or 'sentence'",
                        "one, two, label"),
                mistake(
                        "a column twice",
                        s -> s.trainOn("a.tsv", "text\tlabel\tlabel\na\tb\tc\n"),
                        "2 columns are called 'label'; give them different names"),
                mistake(
                        "too few cells",
                        s -> s.trainOn("a.tsv", GOOD + "alone\n"),
                        "a.tsv: 1 bad row; correct or remove it, or skip it with --skip-bad-rows:\n",
                        "a.tsv:8: has 1 column where the header has 2"),
                mistake(
                        "several bad rows at once",
                        s -> {
                            byte[] malformed = (GOOD + "film\tgood\tmore\n\tgood\n\nfilm\t\nf?lm\tgood\n")
                                    .getBytes(StandardCharsets.UTF_8);
                            for (int i = 0; i < malformed.length; i++) {
                                malformed[i] = malformed[i] == '?' ? (byte) 0xE9 : malformed[i];
                            }
                            return s.train("--train", s.file("a.tsv", malformed));
                        },
                        "a.tsv: 4 bad rows; correct or remove them, or skip them with --skip-bad-rows:\n",
                        "a.tsv:8: has 3 columns where the header has 2",
                        "a.tsv:9: the text in column 'text' is empty",
                        "a.tsv:11: the label in column 'label' is missing",
                        "a.tsv:12: is not UTF-8 near 'f'; save the file as UTF-8, or name its encoding with --encoding"),
                mistake(
                        "bad lines of JSON",
                        s -> s.trainOn(
                                "a.jsonl",
                                "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": }\n[1]\n{\"text\": 3}\n"),
                        "a.jsonl: 3 bad rows",
                        "a.jsonl:2: is not JSON",
                        "a.jsonl:3: is not a JSON object",
                        "a.jsonl:4: the label"),
                mistake(
                        "half a surrogate",
                        s -> s.trainOn("a.jsonl", "{\"text\": \"\\ud83d\", \"label\": 1}\n"),
                        ":1: "),
                mistake(
                        "quotes that never close",
                        s -> s.trainOn("a.csv", "text,label\na,good\n\"b,bad\nc,bad\n"),
                        "a.csv:3: its quotes do not match"));
    }

    @TestFactory
    List<DynamicTest> labels() {
        return tests(
                mistake(
                        "one class only",
                        s -> s.trainOn("a.tsv", "text\tlabel\na\tgood\nb\tgood\n"),
                        "a.tsv: every row has the label 'good'; give rows of two or more classes"),
                mistake(
                        "unseen label in the development data",
                        s -> s.train("--dev", s.file("dev.tsv", "text\tlabel\na\tgood\nb\tgreat\n")),
                        "dev.tsv:3: the label 'great' is not among those trained on (bad, good)"),
                mistake(
                        "unseen label in the test data",
                        s -> s.train("--test", s.file("test.tsv", "text\tlabel\na\tpoor\n")),
                        "test.tsv:2: the label 'poor' is not among those trained on"),
                mistake(
                        "scores that are no numbers",
                        s -> s.trainOn("a.tsv", "text\tlabel\na\t1.5\nb\tNaN\nc\tmany\n", "--labels", "score"),
                        "a.tsv:3: the score 'NaN' is not a finite number",
                        "a.tsv:4: the score 'many' is not"),
                mistake(
                        "one score only",
                        s -> s.trainOn("a.tsv", "text\tlabel\na\t1.5\nb\t1.5\n", "--labels", "score"),
                        "every row has the score 1.5; give rows of different scores"),
                mistake("unknown kind of labels", s -> s.train("--labels", "scores"), "--labels: ", "'score'?"),
                mistake(
                        "one row of each class",
                        s -> s.trainOn("a.tsv", "text\tlabel\na\tgood\nb\tbad\n"),
                        "2 rows are too few to set some aside for development; give"),
                mistake(
                        "pairs to train, single texts to test",
                        s -> s.trainOn("a.tsv", PAIRS, "--test", s.file("test.tsv", "text\tlabel\na\tyes\n")),
                        "test.tsv: this model was trained on pairs of texts, but one text has no second"),
                mistake(
                        "single texts to train, pairs to develop",
                        s -> s.train("--dev", s.file("dev.tsv", "text\ttext_pair\tlabel\na\tb\tgood\n")),
                        "dev.tsv: this model was trained on single texts, but one text has a second"));
    }

    @TestFactory
    List<DynamicTest> samplesAndTasks() {
        return tests(
                mistake(
                        "K larger than the data",
                        s -> s.train("--samples", 6),
                        "good.tsv: has 6 rows, which is too few for 6 samples",
                        "ask for 5 at most"),
                mistake("K zero", s -> s.train("--samples", 0), "samples is 0; give 1 or more"),
                mistake("K negative", s -> s.train("--samples", -3), "samples is -3; give 1 or more"),
                mistake("K a word", s -> s.train("--samples", "few"), "--samples: must be a whole number, got 'few'"),
                mistake("K huge", s -> s.train("--samples", "99999999999"), "--samples: must be a whole number"),
                mistake("K with --dev", s -> s.train("--samples", 2, "--dev", s.at("x.tsv")), "leave out --dev"),
                mistake("data seed", s -> s.train("--data-seed", -1), "data seed -1 is negative; give 0 or more"),
                mistake(
                        "unknown task",
                        s -> s.train("--train", NONE, "--task", "mnil", "--data", s.directory("glue")),
                        "unknown task 'mnil'; did you mean 'mnli'?"),
                mistake(
                        "task without folder",
                        s -> s.train("--train", NONE, "--task", "rte"),
                        "--task needs --data FOLDER"),
                mistake(
                        "task in no folder",
                        s -> s.train("--train", NONE, "--task", "rte", "--data", s.at("glue")),
                        "glue: there is no such folder"),
                mistake(
                        "task without files",
                        s -> s.train("--train", NONE, "--task", "rte", "--data", s.directory("glue")),
                        "glue: holds neither RTE/train.tsv nor train.tsv"),
                mistake(
                        "task with --dev",
                        s -> s.train("--train", NONE, "--task", "rte", "--data", s.directory("g"), "--dev", s.at("d")),
                        "leave out --dev and --test"),
                mistake("task and file", s -> s.train("--task", "rte", "--data", s.at("g")), "leave one out"),
                mistake(
                        "a task of transformers",
                        s -> s.train("--task", "text-classification"),
                        "unknown task 'text-classification'; known: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte,"
                                + " summarization, translation, tokens, rank; for classes or scores of your own leave out --task"),
                mistake(
                        "evaluate on an unknown task",
                        s -> List.of("evaluate", models.single(), "--data", s.directory("d"), "--task", "imdb"),
                        "unknown task 'imdb'; known: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte"),
                mistake("nothing", s -> List.of("train"), "there is nothing to train on; give --train FILE, or --task"),
                mistake("--data for --train", s -> s.train("--train", NONE, "--data", s.at("x.tsv")), "with --train"));
    }

    @TestFactory
    List<DynamicTest> methods() {
        return tests(
                method("lroa", "unknown method 'lroa'; did you mean 'lora'?"),
                method("unipelt-alp", "unknown method 'unipelt-alp'; did you mean 'unipelt-a"),
                method("lora(rnk=8)", "unknown option of lora 'rnk'; did you mean 'rank'?"),
                method("lora(rank)", "lora: option 'rank' needs a value, as in rank=8"),
                method("lora(rank=0)", "lora: rank must be a whole number from 1 to 65536, got '0'"),
                method("lora(rank=eight)", "rank must be a whole number", "got 'eight'"),
                method("lora(alpha=NaN)", "alpha must be a number of at least 0", "got 'NaN'"),
                method("lora(on=querry)", "unknown projection in lora's on 'querry'; did you mean 'query'?"),
                method("lora(gate=layer,on=ffn-up)", "lora"),
                method("adapter(activation=rellu)", "did you mean 'relu'?"),
                method("unipelt", "unipelt needs methods to combine, e.g. 'unipelt(adapter,prefix,lora)'"),
                method("unipelt(lora,gate=central)", "between lora and prefix; unipelt needs both"),
                method("unipelt(lora,lora)", "unipelt holds 'lora' twice"),
                method("unipelt-apl(rank=2)", "is a preset without options; write out what it stands for"),
                method("lora(r=8,lora_alpha=32)", "here r is rank, lora_alpha is alpha: 'lora(rank=8,alpha=32)'"),
                method("PREFIX_TUNING", "unknown method 'PREFIX_TUNING'; it is called 'prefix' here"),
                method("lora(rank=8", "expected ',' or ')' at character 12"),
                method("", "expected a method's name"));
    }

    private static Mistake method(String text, String... says) {
        return mistake("method '" + text + "'", s -> s.train("--method", text), says);
    }

    @TestFactory
    List<DynamicTest> settings() {
        return tests(
                mistake("unknown metric", s -> s.train("--metric", "acuracy"), "--metric: ", "'accuracy'?"),
                mistake(
                        "metric that does not fit",
                        s -> s.train("--metric", "pearson"),
                        "metric pearson does not fit",
                        "use one of: accuracy"),
                mistake("epochs 0", s -> s.train("--epochs", 0), "--epochs: must be at least 1, got 0"),
                mistake(
                        "epochs a word",
                        s -> s.train("--epochs", "ten"),
                        "--epochs: must be a whole number, got 'ten'"),
                mistake("batch size 0", s -> s.train("--batch-size", 0), "--batch-size: must be at least 1, got 0"),
                mistake("patience 0", s -> s.train("--patience", 0), "--patience: must be at least 1, got 0"),
                mistake("rate 0", s -> s.train("--learning-rate", 0), "--learning-rate: must be above 0 and at most 1"),
                mistake(
                        "rate negative",
                        s -> s.train("--learning-rate", -1e-3),
                        "--learning-rate: must be",
                        "got -0.001"),
                mistake("rate NaN", s -> s.train("--learning-rate", "NaN"), "--learning-rate: must be", "got NaN"),
                mistake("rate a word", s -> s.train("--learning-rate", "low"), "--learning-rate: must be a number"),
                mistake("dropout 1.5", s -> s.train("--dropout", 1.5), "--dropout: must be from 0 to 0.99, got 1.5"),
                mistake(
                        "warm-up 2",
                        s -> s.train("--warm-up", 2),
                        "--warm-up: must be at least 0 and below 1, got 2.0"),
                mistake("clip 0", s -> s.train("--clip", 0), "--clip: must be above 0, got 0.0"),
                mistake(
                        "weight decay",
                        s -> s.train("--weight-decay", -1),
                        "--weight-decay: must be from 0 to 1, got -1.0"),
                mistake("length 1", s -> s.train("--max-length", 1), "--max-length: must be at least 5, got 1"),
                mistake("length 4", s -> s.train("--max-length", 4), "--max-length: must be at least 5, got 4"),
                mistake(
                        "length above positions",
                        s -> s.train("--max-length", 33),
                        "max length 33 is more than the 32 positions of "),
                mistake(
                        "unknown AdamW",
                        s -> s.train("--adamw", "trch"),
                        "--adamw: unknown value 'trch'; did you mean"),
                mistake("unknown device", s -> s.train("--device", "gpu"), "--device: unknown device 'gpu'", "cuda"),
                mistake("unknown precision", s -> s.train("--precision", "half"), "--precision: unknown precision"),
                mistake("unknown pooling", s -> s.train("--pooling", "max"), "--pooling: unknown pooling 'max'"),
                mistake(
                        "pooler of a model without one",
                        s -> {
                            Path base = s.base();
                            TensorFile.change(base.resolve(TinyBert.WEIGHTS), all -> all.keySet()
                                    .removeIf(name -> name.startsWith("pooler")));
                            return s.train("--model", base, "--pooling", "pooler");
                        },
                        "has no pooler; use pooling 'first' or 'mean'"));
    }

    @TestFactory
    List<DynamicTest> writing() {
        return tests(
                mistake(
                        "a model without decoder",
                        s -> s.write("--model", models.base()),
                        "tiny-bert: cannot generate text: it has no decoder; use a BART, Pegasus or T5"),
                mistake(
                        "an embedded model",
                        s -> s.write("--model", "minilm-l6"),
                        "minilm-l6: cannot generate text: it has no decoder"),
                mistake(
                        "no target column",
                        s -> s.write("--label", NONE),
                        "news.tsv: there is no column 'label' for the label; columns: text, summary;"
                                + " choose one with --label"),
                mistake(
                        "misspelt target column",
                        s -> s.write("--label", "sumary"),
                        "there is no column 'sumary' for the label; did you mean 'summary'?"),
                mistake(
                        "misspelt source column",
                        s -> s.write("--text", "texts"),
                        "there is no column 'texts' for the text; did you mean 'text'?"),
                mistake(
                        "empty targets",
                        s -> s.write("--train", s.file("a.tsv", "text\tsummary\nrain\train\nrain\t\nrain\t \n")),
                        "a.tsv: 2 bad rows; correct or remove them, or skip them with --skip-bad-rows:\n",
                        "a.tsv:3: the label in column 'summary' is missing",
                        "a.tsv:4: the label in column 'summary' is missing"),
                mistake(
                        "targets that are numbers in JSON",
                        s -> s.write("--train", s.file("a.jsonl", "{\"text\": \"rain\", \"summary\": [1]}\n")),
                        "a.jsonl:1: the label in column 'summary' is missing"),
                mistake(
                        "half a surrogate in a target",
                        s -> s.write("--train", s.file("a.jsonl", "{\"text\": \"a\", \"summary\": \"\\ud83d\"}\n")),
                        "a.jsonl:1: the label in column 'summary' holds half a surrogate pair"),
                mistake(
                        "target length beyond positions",
                        s -> s.write("--target-length", 131),
                        "target length 131 is more than the 130 positions of "),
                mistake(
                        "target length below the tokenizer's",
                        s -> s.write("--target-length", 3),
                        "target length 3 is less than the 6 tokens that the tokenizer of "),
                mistake(
                        "target length 0",
                        s -> s.write("--target-length", 0),
                        "--target-length: must be at least 2, got 0"),
                mistake(
                        "length below the tokenizer's",
                        s -> s.write("--max-length", 5),
                        "max length 5 is less than the 6 tokens that the tokenizer of "),
                mistake(
                        "generation max length beyond positions",
                        s -> s.write("--generation-max-length", 131),
                        "generation max length 131 is more than the 130 positions of "),
                mistake(
                        "generation max length 1",
                        s -> s.write("--generation-max-length", 1),
                        "--generation-max-length: must be at least 2, got 1"),
                mistake(
                        "generation min length above max length",
                        s -> s.write("--generation-min-length", 9, "--generation-max-length", 8),
                        "generation min length must be from 0 to 8, got 9"),
                mistake("beams 0", s -> s.write("--beams", 0), "--beams: must be from 1 to 256, got 0"),
                mistake("beams 1000", s -> s.write("--beams", 1000), "--beams: must be from 1 to 256, got 1000"),
                mistake(
                        "length penalty",
                        s -> s.write("--length-penalty", "NaN"),
                        "--length-penalty: must be a finite number"),
                mistake(
                        "no-repeat",
                        s -> s.write("--no-repeat-ngram", -1),
                        "--no-repeat-ngram: must be at least 0, got -1"),
                mistake(
                        "smoothing 1",
                        s -> s.write("--label-smoothing", 1),
                        "--label-smoothing: must be at least 0 and below 1, got 1.0"),
                mistake(
                        "writing options without writing",
                        s -> s.train("--beams", 4),
                        "options of text generation, such as --beams and --target-length, need --task summarization or"),
                mistake(
                        "--labels with writing",
                        s -> s.write("--labels", "classes"),
                        "--task summarization says what the labels are: texts; leave out --labels"),
                mistake(
                        "--data with writing",
                        s -> s.write("--data", s.directory("d")),
                        "--data goes with --task NAME of GLUE; with --train leave it out"),
                mistake(
                        "writing without a file",
                        s -> s.write("--train", NONE),
                        "there is nothing to train on; --task summarization needs --train FILE"),
                mistake(
                        "misspelt task",
                        s -> s.write("--task", "sumarization"),
                        "'sumarization'; did you mean 'summarization'?"),
                mistake(
                        "accuracy of texts",
                        s -> s.write("--metric", "accuracy"),
                        "metric accuracy does not fit labels that are texts; use one of: rouge-l, rouge-1, rouge-2"),
                mistake(
                        "rouge-l of classes",
                        s -> s.train("--metric", "rouge-l"),
                        "metric rouge-l does not fit labels that are 2 classes; use one of: accuracy"),
                mistake(
                        "pooling",
                        s -> s.write("--pooling", "mean"),
                        "pooling is for a model with a head; leave it out"),
                mistake(
                        "padding max",
                        s -> s.write("--padding", "max"),
                        "padding max is for a model with a head; leave"),
                mistake(
                        "head release",
                        s -> s.write("--head", "release"),
                        "head release is for a model with a head; leave it out"),
                mistake(
                        "method head",
                        s -> s.write("--method", "head"),
                        "method 'head' trains nothing here, because a model that generates text has no head; use another method"),
                mistake(
                        "unknown language",
                        s -> s.write("--model", models.mbart(), "--target-language", "ro_R0"),
                        "target language: unknown token 'ro_R0' in ",
                        "did you mean 'ro_RO'?"),
                mistake(
                        "a language far from any",
                        s -> s.write("--model", models.mbart(), "--target-language", "Klingon"),
                        "target language: unknown token 'Klingon' in "),
                mistake(
                        "a word as language",
                        s -> s.write("--model", models.mbart(), "--target-language", "harbour"),
                        "target language 'harbour' is part of the texts of "),
                mistake(
                        "mBART without language",
                        s -> s.write("--model", models.mbart()),
                        "target language is not given, but ",
                        "give its token, e.g. en_XX or ro_RO"),
                mistake(
                        "BART with language",
                        s -> s.write("--target-language", "ro_RO"),
                        "target language is for mBART, but ",
                        " is not one; leave it out"),
                mistake(
                        "evaluate without targets",
                        s -> List.of("evaluate", models.writer(), "--data", s.file("a.tsv", "text\nrain\n")),
                        "a.tsv: there is no column 'summary' for the label; columns: text;"),
                mistake(
                        "evaluate with empty targets",
                        s -> List.of("evaluate", models.writer(), "--data", s.file("a.tsv", "text\tsummary\nrain\t\n")),
                        "a.tsv:2: the label in column 'summary' is missing"),
                mistake(
                        "gates of a writer without",
                        s -> List.of("gates", models.writer(), "--data", s.file("a.tsv", "text\nrain\n")),
                        "this model has no gates: its method is lora("));
    }

    private static Mistake bart(String name, Damage damage, String... says) {
        return mistake(
                name,
                s -> {
                    Path base = s.copy(models.bart(), "base");
                    damage.to(base);
                    return s.write("--model", base);
                },
                says);
    }

    @TestFactory
    List<DynamicTest> baseModelsThatWrite() {
        return tests(
                bart(
                        "a decoder of another width",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("decoder_ffn_dim", 32)),
                        "tensor 'decoder.layers.0.fc1.weight' has shape [24, 16] but config.json says [32, 16]"),
                bart(
                        "a decoder of three heads",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("decoder_attention_heads", 3)),
                        "config.json: d_model 16 is not a multiple of decoder_attention_heads 3"),
                bart(
                        "no decoder layers",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("decoder_layers", 0)),
                        "config.json: decoder_layers must be a positive whole number, found 0"),
                bart(
                        "tanh",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("activation_function", "tanh")),
                        "config.json: activation_function is 'tanh'; supported: 'gelu', 'gelu_new', 'relu', 'silu', 'swish'"),
                bart(
                        "start outside the vocabulary",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("decoder_start_token_id", 65)),
                        "config.json: decoder_start_token_id is 65, but the vocabulary ends at 64"),
                bart(
                        "BART's tensors called mBART",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("model_type", "mbart")),
                        "lacks 4 tensor(s)",
                        "layer_norm."),
                bart(
                        "missing tensor",
                        b -> TensorFile.change(
                                b.resolve(TinyBert.WEIGHTS), all -> all.remove("model.decoder.layers.1.fc2.bias")),
                        "lacks 1 tensor(s) that its config.json asks for, the first is 'decoder.layers.1.fc2.bias'"),
                bart(
                        "unknown tensor",
                        b -> TensorFile.change(
                                b.resolve(TinyBert.WEIGHTS),
                                all -> all.put("model.decoder.layers.1.fc3.bias", Numbers.zeros(16))),
                        "unknown tensor in a BART checkpoint 'decoder.layers.1.fc3.bias'; did you mean 'decoder.layers.1.fc"),
                bart(
                        "wrong vocabulary size",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("vocab_size", 50)),
                        "tensor 'shared.weight' has shape [65, 16] but config.json says [50, 16]"),
                bart(
                        "more words than embeddings",
                        b -> JsonFile.change(b.resolve("tokenizer.json"), t -> t.withObject("/model/vocab")
                                .put("more", 65)),
                        "wrong vocabulary size in ",
                        "the tokenizer has 66 tokens, but shared.weight only 65 rows"),
                base(
                        "RoBERTa of a wrong vocabulary size",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("model_type", "roberta")
                                .put("vocab_size", 50)
                                .put("max_position_embeddings", 32)),
                        "has shape [52, 16] but config.json says [50, 16]"),
                bart(
                        "Marian",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("model_type", "marian")),
                        "model_type 'marian' in config.json is not supported; the nearest that is: bart; known: bert,"));
    }

    /** A base model with one thing wrong. */
    @FunctionalInterface
    private interface Damage {
        void to(Path base) throws IOException;
    }

    private static Mistake base(String name, Damage damage, String... says) {
        return mistake(
                name,
                s -> {
                    Path base = s.base();
                    damage.to(base);
                    return s.trainWith(base);
                },
                says);
    }

    private static void head(Path file, long bytes) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), Math.toIntExact(bytes)));
    }

    @TestFactory
    List<DynamicTest> baseModels() {
        return tests(
                mistake(
                        "unknown model",
                        s -> s.train("--model", "minilm-16"),
                        "no model 'minilm-16'; did you mean",
                        "'minilm-l6'?"),
                mistake(
                        "a model of the hub",
                        s -> s.train("--model", "bert-base-uncased"),
                        "no model 'bert-base-uncased' in the cache ",
                        "HF_HUB_OFFLINE is set; leave it out once, to download the model"),
                mistake(
                        "an embedded model by its authors' name",
                        s -> s.train("--model", "BAAI/bge-small-en-v1.5"),
                        "or take 'bge-small', which is BAAI/bge-small-en-v1.5"),
                mistake("a file as model", s -> s.train("--model", s.file("m", "")), "is a file; give the folder"),
                base("no config.json", b -> Files.delete(b.resolve("config.json")), "no config.json in "),
                base(
                        "no tokenizer",
                        b -> Files.delete(b.resolve("vocab.txt")),
                        "no tokenizer.json, no vocab.txt and no vocab.json with merges.txt in"),
                base(
                        "no weights",
                        b -> Files.delete(b.resolve(TinyBert.WEIGHTS)),
                        "no model.safetensors, no pytorch_model.bin and no"),
                base(
                        "weights under the name of another format",
                        b -> Files.move(b.resolve(TinyBert.WEIGHTS), b.resolve("pytorch_model.bin")),
                        "pytorch_model.bin: it is not a file of torch.save; download"),
                base(
                        "gpt2",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("model_type", "gpt2")),
                        "model_type 'gpt2' in config.json is a decoder without an encoder, which is not supported;"
                                + " encoders and encoder-decoders are; known: bert, "),
                base(
                        "roformer",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("model_type", "roformer")),
                        "model_type 'roformer' in config.json is not supported; the nearest that is: bert; known: "),
                base(
                        "no model_type",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.remove("model_type")),
                        "has no model_type"),
                base(
                        "config no JSON",
                        b -> Files.writeString(b.resolve("config.json"), "{\"a\": "),
                        "is not valid JSON"),
                base(
                        "config empty",
                        b -> Files.writeString(b.resolve("config.json"), ""),
                        "config.json is not valid JSON: it is empty"),
                base("config a list", b -> Files.writeString(b.resolve("config.json"), "[]"), "is not a JSON object"),
                base(
                        "padding outside the vocabulary",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("pad_token_id", 52)),
                        "config.json: pad_token_id is 52, but the vocabulary ends at 51"),
                base(
                        "no hidden_size",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.remove("hidden_size")),
                        "config.json:" + " hidden_size must be a positive whole number, found nothing"),
                base(
                        "3 heads",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("num_attention_heads", 3)),
                        "hidden_size 16 is" + " not a multiple of num_attention_heads 3"),
                base(
                        "gelu_fast",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("hidden_act", "gelu_fast")),
                        "hidden_act is 'gelu_fast'; supported: 'gelu', 'gelu_new'"),
                base(
                        "3 layers",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("num_hidden_layers", 3)),
                        "lacks 16 tensor(s)"),
                base(
                        "1 layer",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("num_hidden_layers", 1)),
                        "unknown tensor"),
                base(
                        "a billion layers",
                        b -> JsonFile.change(
                                b.resolve(TinyBert.CONFIG), c -> c.put("num_hidden_layers", 1_000_000_000)),
                        "config.json asks for 1000000000 layers"),
                base(
                        "wrong vocabulary size",
                        b -> JsonFile.change(b.resolve(TinyBert.CONFIG), c -> c.put("vocab_size", 50)),
                        "word_embeddings.weight' has shape [52, 16] but config.json says [50, 16]"),
                base(
                        "more words than embeddings",
                        b -> Files.writeString(
                                b.resolve("vocab.txt"), Files.readString(b.resolve("vocab.txt")) + "more\nwords\n"),
                        "wrong vocabulary size in ",
                        "the tokenizer has 54 tokens, but embeddings.word_embeddings.weight only 52 rows"),
                base(
                        "vocabulary without [CLS]",
                        b -> Files.writeString(b.resolve("vocab.txt"), "[PAD]\n[UNK]\n"),
                        "has no line [CLS]"),
                base(
                        "tokenizer no JSON",
                        b -> Files.writeString(b.resolve("tokenizer.json"), "{"),
                        "is not valid JSON"),
                base("tokenizer empty", b -> Files.writeString(b.resolve("tokenizer.json"), ""), "tokenizer.json"),
                base("tokenizer null", b -> Files.writeString(b.resolve("tokenizer.json"), "null"), "no vocabulary"),
                base(
                        "tokenizer of no kind",
                        b -> Files.writeString(b.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"[PAD]\": 0}}}"),
                        "[UNK] is not in the vocabulary"),
                base(
                        "weights truncated",
                        b -> head(b.resolve(TinyBert.WEIGHTS), 9000),
                        "model.safetensors: tensor '",
                        "but the file holds only",
                        "download or save the file again"),
                base("weights cut in the header", b -> head(b.resolve(TinyBert.WEIGHTS), 100), "its header claims"),
                base("weights empty", b -> head(b.resolve(TinyBert.WEIGHTS), 0), "it has 0 bytes and no header"),
                base(
                        "huge header",
                        b -> Files.write(b.resolve(TinyBert.WEIGHTS), header(Long.MAX_VALUE, "{}")),
                        "its header claims a length of 9223372036854775807 bytes"),
                base(
                        "garbage header",
                        b -> Files.write(b.resolve(TinyBert.WEIGHTS), header(8, "%garbage")),
                        "its header is not valid JSON"),
                base(
                        "a web page",
                        b -> Files.writeString(b.resolve(TinyBert.WEIGHTS), "<!DOCTYPE html><html>"),
                        "is a web page, not the file"),
                base(
                        "wrong shape",
                        b -> TensorFile.change(
                                b.resolve(TinyBert.WEIGHTS), all -> all.put("pooler.dense.bias", Numbers.zeros(17))),
                        "tensor 'pooler.dense.bias' has shape [17] but config.json says [16]"),
                base(
                        "missing tensor",
                        b -> TensorFile.change(b.resolve(TinyBert.WEIGHTS), all -> all.remove("pooler.dense.bias")),
                        "lacks 1 tensor(s)",
                        "'pooler.dense.bias'"),
                base(
                        "unknown tensor",
                        b -> TensorFile.change(
                                b.resolve(TinyBert.WEIGHTS), all -> all.put("pooler.dens.bias", Numbers.zeros(16))),
                        "unknown tensor in a BERT checkpoint 'pooler.dens.bias'; did you mean 'pooler.dense.bias'?"),
                base(
                        "missing shard",
                        b -> {
                            Files.move(b.resolve(TinyBert.WEIGHTS), b.resolve("model-1.safetensors"));
                            Files.writeString(
                                    b.resolve("model.safetensors.index.json"),
                                    "{\"weight_map\": {\"a\": \"model-0.safetensors\"}}");
                        },
                        "the shard model-0.safetensors that model.safetensors.index.json lists is not in "));
    }

    private static byte[] header(long length, String json) {
        return ByteBuffer.allocate(8 + json.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json.getBytes(StandardCharsets.UTF_8))
                .array();
    }

    @TestFactory
    List<DynamicTest> places() {
        return tests(
                mistake("a tuned model there", s -> s.train("--out", s.tuned()), "tuned: already holds a tuned model;"),
                mistake(
                        "a run there",
                        s -> s.train("--out", s.copy(models.stopped(), "run")),
                        "run: holds an unfinished" + " run; use --resume"),
                mistake("a full folder", s -> s.train("--out", s.file("x", "").getParent()), "is not empty; choose"),
                mistake("a file there", s -> s.train("--out", s.file("x", "")), "x: is a file; choose another name"),
                mistake("below a file", s -> s.train("--out", s.file("x", "").resolve("out")), "x is a file; choose"),
                mistake(
                        "no folder can be made",
                        s -> {
                            assumeTrue(Files.isDirectory(Path.of("/proc/self")));
                            return s.train("--out", Path.of("/proc/unipelt/out"));
                        },
                        "/proc/unipelt/out: cannot be ",
                        "choose another folder"),
                mistake("resume nothing", s -> List.of("train", "--resume", s.at("no")), "no: holds no unfinished run"),
                mistake(
                        "resume what is finished",
                        s -> List.of("train", "--resume", s.tuned()),
                        "is finished; there is" + " nothing to resume"),
                mistake(
                        "resume with other settings",
                        s -> List.of("train", "--resume", models.stopped(), "--epochs", 9),
                        "settings of the run; leave out --epochs"),
                resumed("damaged run", r -> Files.writeString(r.resolve("run.json"), "{"), "run.json: not as this"),
                resumed("empty run", r -> Files.writeString(r.resolve("run.json"), ""), "run.json: not as this"),
                resumed("null run", r -> Files.writeString(r.resolve("run.json"), "null"), "run.json: not as this"),
                resumed(
                        "run with a bad value",
                        r -> JsonFile.change(r.resolve("run.json"), j -> j.withObject("/spec/training")
                                .put("epochs", 0)),
                        "run.json: ",
                        "epochs must be at least 1, got 0"),
                resumed(
                        "data is gone",
                        r -> JsonFile.change(r.resolve("run.json"), j -> j.withObject("/spec/data")
                                .put("train", "gone.tsv")),
                        "gone.tsv: there is no such file"),
                resumed("state truncated", r -> head(r.resolve("state.safetensors"), 300), "state.safetensors: "),
                resumed(
                        "state without a tensor",
                        r -> TensorFile.change(r.resolve("state.safetensors"), all -> all.remove("now.head.bias")),
                        "state.safetensors: ",
                        "now.head.bias"),
                resumed(
                        "state of another shape",
                        r -> TensorFile.change(
                                r.resolve("state.safetensors"), all -> all.put("best.head.bias", Numbers.zeros(7))),
                        "state.safetensors: ",
                        "best.head.bias"));
    }

    private static Mistake resumed(String name, Damage damage, String... says) {
        return mistake(
                name,
                s -> {
                    Path run = s.copy(models.stopped(), "run");
                    damage.to(run);
                    return List.of("train", "--quiet", "--resume", run);
                },
                says);
    }

    private static Mistake config(String name, String yaml, String... says) {
        return mistake(name, s -> s.train("--config", s.file("s.yaml", yaml)), says);
    }

    @TestFactory
    List<DynamicTest> commandLines() {
        return tests(
                mistake(
                        "missing config",
                        s -> List.of("train", "--config", s.at("no.yaml")),
                        "no.yaml: there is no such" + " file; check the path"),
                mistake("a folder as config", s -> List.of("train", "--config", s.directory("c")), "c: is a folder"),
                config(
                        "unknown key",
                        "seed: 3\nepoch: 3\n",
                        "s.yaml:2: unknown setting 'epoch'; did you mean 'epochs'?"),
                config("bad value", "seed: much\n", "s.yaml:1: --seed: must be a whole number, got 'much'"),
                config(
                        "a value that fits nothing",
                        "\npatience: 0\n",
                        "s.yaml:2: --patience: must be at least 1, got 0"),
                config(
                        "a list",
                        "- seed\n- 3\n",
                        "s.yaml:1: is not a list of fields; write lines such as 'epochs: 10'"),
                config("words", "just some words\n", "s.yaml:1: is not a list of fields"),
                config(
                        "a mistake that shows itself later",
                        "epochs: 1\n\nmetric: pearson\n",
                        "s.yaml:3: metric pearson does not fit"),
                config("two sources", "task: rte\n", "s.yaml:1: --task and --train are two different sources"),
                config("no YAML", "seed: [3\n", "s.yaml:2: is not YAML: "),
                config("a list for a value", "seed: [3]\n", "s.yaml:1: 'seed' needs one value"),
                config("tabs", "seed:\n\t- 3\n", "s.yaml:2: is not YAML: "),
                config("a switch that is none", "json: perhaps\n", "s.yaml:1: 'json' must be true or false"),
                mistake(
                        "config in another encoding",
                        s -> s.train("--config", s.file("s.yaml", new byte[] {'s', ':', (byte) 0xE9})),
                        "s.yaml: is not UTF-8"),
                mistake("unknown command", s -> List.of("trian"), "unknown command 'trian'; did you mean 'train'?"),
                mistake(
                        "unknown option",
                        s -> s.train("--epoch", 3),
                        "unknown option '--epoch'; did you mean '--epochs'?" + " See unipelt train --help"),
                mistake(
                        "options of transformers",
                        s -> List.of(
                                "train",
                                "--model_name_or_path",
                                "bert-base-uncased",
                                "--train_file=a.csv",
                                "--num_train_epochs",
                                3,
                                "--per_device_train_batch_size",
                                16,
                                "--learning_rate",
                                "2e-5",
                                "--output_dir",
                                "out"),
                        "unknown options '--model_name_or_path', '--train_file', '--num_train_epochs',"
                                + " '--per_device_train_batch_size', '--learning_rate', '--output_dir'; here: --model, --train,"
                                + " --epochs, --batch-size, --learning-rate, --out; see unipelt train --help"),
                mistake(
                        "an option of transformers with dashes",
                        s -> s.train("--num-train-epochs", 3),
                        "unknown option '--num-train-epochs'; here: --epochs; see unipelt train --help"),
                mistake(
                        "an option of transformers where there is none",
                        s -> List.of("predict", models.single(), "--num_beams", 3),
                        "unknown option '--num_beams'"),
                config(
                        "a setting of transformers",
                        "num_train_epochs: 3\n",
                        "s.yaml:1: unknown setting 'num_train_epochs'; here: epochs"),
                mistake(
                        "option without value",
                        s -> List.of("train", "--train"),
                        "--train",
                        "see unipelt train --help"),
                mistake(
                        "option twice",
                        s -> {
                            List<Object> args = new ArrayList<>(s.train());
                            args.addAll(List.of("--epochs", 3));
                            return args;
                        },
                        "--epochs is given 2 times; give it once"),
                mistake(
                        "a word too many",
                        s -> {
                            List<Object> args = new ArrayList<>(s.train());
                            args.add("now");
                            return args;
                        },
                        "nothing is expected at 'now'"),
                mistake(
                        "evaluate nothing",
                        s -> List.of("evaluate"),
                        "MODEL_DIR is missing; see unipelt evaluate --help"),
                mistake("evaluate on nothing", s -> List.of("evaluate", models.single()), "give --data FILE"),
                mistake("predict nothing", s -> List.of("predict"), "MODEL_DIR is missing; see unipelt predict --help"),
                mistake("unknown method to show", s -> List.of("methods", "lroa"), "lroa"));
    }

    private static Mistake tuned(String name, Damage damage, String... says) {
        return mistake(
                name,
                s -> {
                    Path tuned = s.tuned();
                    damage.to(tuned);
                    return List.of("predict", tuned, "great film");
                },
                says);
    }

    private static Damage card(String from, String to) {
        return tuned -> {
            Path card = tuned.resolve("adapter.json");
            String text = Files.readString(card);
            assertThat(text).contains(from);
            Files.writeString(card, JsonFile.withoutChecksum(text.replace(from, to)));
        };
    }

    @TestFactory
    List<DynamicTest> tunedModels() {
        return tests(
                mistake(
                        "predict: no folder",
                        s -> List.of("predict", s.at("no"), "a"),
                        "no: there is no such folder; give"),
                mistake(
                        "evaluate: no folder",
                        s -> List.of("evaluate", s.at("no"), "--data", s.file("a.tsv", GOOD)),
                        "no: there is no such folder"),
                mistake(
                        "labels for no folder",
                        s -> List.of("evaluate", s.at("no"), "--labels", "a,b", "--data", s.file("a.tsv", GOOD)),
                        "no: there is no such folder; give the folder of a tuned model"),
                mistake(
                        "gates: no folder",
                        s -> List.of("gates", s.at("no"), "--data", s.file("a.tsv", GOOD)),
                        "no: there is no such folder"),
                mistake(
                        "not finished",
                        s -> List.of("predict", models.stopped(), "a"),
                        "its training is not finished:" + " unipelt train --resume"),
                tuned(
                        "no adapter.json",
                        t -> Files.delete(t.resolve("adapter.json")),
                        "tuned: holds no adapter.json; give"),
                tuned("card damaged", t -> head(t.resolve("adapter.json"), 200), "adapter.json: not as this version"),
                tuned("card empty", t -> Files.writeString(t.resolve("adapter.json"), ""), "adapter.json: not as this"),
                tuned(
                        "card null",
                        t -> Files.writeString(t.resolve("adapter.json"), "null"),
                        "adapter.json: not as this"),
                tuned(
                        "card in another encoding",
                        t -> Files.write(t.resolve("adapter.json"), new byte[] {(byte) 0xE9}),
                        "adapter.json: "),
                tuned(
                        "card of the future",
                        card("unipelt-adapter-2", "unipelt-adapter-9"),
                        "unknown format 'unipelt-adapter-9'; this version reads"),
                tuned("unknown key", card("\"checksum\"", "\"check\""), "adapter.json: not as this version", "check"),
                tuned(
                        "missing key",
                        card("\"paddedLength\" : null,", ""),
                        "adapter.json: not as this version",
                        "paddedLength"),
                tuned(
                        "a method that is none",
                        card("unipelt(adapter", "unipelt(adaptor"),
                        "adapter.json: ",
                        "unknown method 'adaptor'; did you mean 'adapter'?"),
                tuned(
                        "a pooling that is none",
                        card("\"pooling\" : \"pooler\"", "\"pooling\" : \"max\""),
                        "adapter.json: ",
                        "max"),
                tuned(
                        "a setting out of bounds",
                        card("\"maxLength\" : 16", "\"maxLength\" : -16"),
                        "adapter.json: ",
                        "max length must be at least"),
                tuned("a length above positions", card("\"maxLength\" : 16", "\"maxLength\" : 512"), "512", "32"),
                tuned("one class", card("[ \"bad\", \"good\" ]", "[ \"bad\" ]"), "adapter.json: ", "only one class"),
                tuned(
                        "another class",
                        card("[ \"bad\", \"good\" ]", "[ \"bad\", \"good\", \"so\" ]"),
                        "adapter.safetensors: tensor 'head.",
                        "has shape"),
                tuned(
                        "no numbers",
                        t -> Files.delete(t.resolve("adapter.safetensors")),
                        "adapter.safetensors: is missing"),
                tuned("numbers truncated", t -> head(t.resolve("adapter.safetensors"), 3000), "adapter.safetensors: "),
                tuned(
                        "another number",
                        t -> {
                            byte[] bytes = Files.readAllBytes(t.resolve("adapter.safetensors"));
                            bytes[bytes.length - 1] ^= 1;
                            Files.write(t.resolve("adapter.safetensors"), bytes);
                        },
                        "adapter.safetensors: does not belong to the adapter.json beside it (checksum differs)"),
                tuned(
                        "a tensor less",
                        t -> TensorFile.change(t.resolve("adapter.safetensors"), all -> all.remove("head.bias")),
                        "adapter.safetensors: tensor 'head.bias' is missing"),
                tuned(
                        "a tensor more",
                        t -> TensorFile.change(
                                t.resolve("adapter.safetensors"), all -> all.put("head.bia", Numbers.zeros(2))),
                        "unknown tensor 'head.bia'; did you mean 'head.bias'?"),
                tuned(
                        "base has gone",
                        t -> card("tiny-bert\"", "gone\"").to(t),
                        "its base model cannot be opened",
                        "give its folder with --model"),
                mistake(
                        "another base",
                        s -> {
                            Path base = s.base();
                            TensorFile.change(
                                    base.resolve(TinyBert.WEIGHTS),
                                    all -> all.put("pooler.dense.bias", Numbers.zeros(16)));
                            return List.of("predict", models.single(), "--model", base, "a");
                        },
                        "was tuned on base model '",
                        "with fingerprint ",
                        "has fingerprint ",
                        "give the model that it was tuned on"));
    }

    @TestFactory
    List<DynamicTest> use() {
        return tests(
                mistake(
                        "a pair for single texts",
                        s -> List.of("predict", models.single(), "a", "--pair", "b"),
                        "is a" + " model for single texts; leave out --pair"),
                mistake(
                        "a single text for pairs",
                        s -> List.of("predict", models.pairs(), "a"),
                        "is a model for pairs of" + " texts; give two texts for each pair, got 1"),
                mistake(
                        "three texts for pairs",
                        s -> List.of("predict", models.pairs(), "a", "b", "c"),
                        "give two texts for each pair, got 3"),
                mistake(
                        "a column without a table",
                        s -> List.of("predict", models.pairs(), "--pair", "b"),
                        "--pair names a column of a table; give the table with --data FILE"),
                mistake(
                        "a column beside a text",
                        s -> List.of("predict", models.single(), "a", "--text", "b"),
                        "--text names a column of a table; give the table with --data FILE"),
                mistake("a blank text", s -> List.of("predict", models.single(), " "), "an example's text is blank"),
                mistake(
                        "texts and a file",
                        s -> List.of("predict", models.single(), "a", "--data", s.file("a.txt", "b")),
                        "texts come from the arguments or from --data; leave one out"),
                mistake(
                        "columns of a text file",
                        s -> List.of("predict", models.single(), "--data", s.file("a.txt", "b"), "--text", "text"),
                        "is read as one text a line"),
                mistake("no file", s -> List.of("predict", models.single(), "--data", s.at("no.txt")), "no such file"),
                mistake(
                        "nothing on standard input",
                        s -> List.of("predict", models.single()),
                        "standard input: holds no" + " text; give one text a line"),
                mistake(
                        "the best of no classes",
                        s -> List.of("predict", models.writer(), "a", "--top", 2),
                        "--top is for a model of classes, and this one predicts texts; leave it out"),
                mistake(
                        "all and the best",
                        s -> List.of("predict", models.single(), "a", "--top", 2, "--all"),
                        "--all and --top both say which classes are printed; leave one out"),
                mistake(
                        "none of the best",
                        s -> List.of("predict", models.single(), "a", "--top", 0),
                        "--top must be at least 1, got 0"),
                mistake(
                        "a probability in per cent",
                        s -> List.of("predict", models.single(), "a", "--abstain-below", 80),
                        "--abstain-below must be from 0 to 1, got 80.0"),
                mistake(
                        "the option of several labels for one",
                        s -> List.of("predict", models.single(), "a", "--threshold", 0.8),
                        "--threshold is for a model that gives several labels, and this one predicts 2 classes; use"
                                + " --abstain-below 0.8"),
                mistake(
                        "abstaining from texts",
                        s -> List.of("predict", models.writer(), "a", "--abstain-below", 0.8),
                        "--abstain-below is for a model of classes, and this one predicts texts; leave it out"),
                mistake(
                        "predictions into a folder that is not there",
                        s -> List.of("predict", models.single(), "a", "--out", s.at("no/answers.tsv")),
                        "cannot write "),
                mistake(
                        "a table without a label to check",
                        s -> List.of("check", s.file("a.tsv", "text\tid\na\t1\nb\t2\n")),
                        "a.tsv: no column looks like a label, with few different values; name it with --label; columns: text,"
                                + " id"),
                mistake(
                        "a table of pairs for single texts",
                        s -> List.of("predict", models.single(), "--data", s.file("a.tsv", PAIRS)),
                        "a.tsv: this model was trained on single texts, but one text has a second; check"),
                mistake(
                        "gates of a table of pairs for single texts",
                        s -> List.of("gates", models.single(), "--data", s.file("a.tsv", PAIRS)),
                        "a.tsv: this model was trained on single texts, but one text has a second; check"),
                mistake(
                        "evaluate without labels",
                        s -> List.of("evaluate", models.single(), "--data", s.file("a.tsv", "text\ngood\n")),
                        "a.tsv: there is no column 'label'"),
                mistake(
                        "evaluate an unknown label",
                        s -> List.of(
                                "evaluate", models.single(), "--data", s.file("a.tsv", "text\tlabel\ngood\tfine\n")),
                        "a.tsv:2: the label 'fine' is not among those"),
                mistake(
                        "evaluate single texts on pairs",
                        s -> List.of("evaluate", models.pairs(), "--data", s.file("a.tsv", "text\tlabel\ngood\tyes\n")),
                        "a.tsv: this model was trained on pairs of texts, but one text has no second"),
                mistake(
                        "evaluate a folder",
                        s -> List.of("evaluate", models.single(), "--data", s.directory("d")),
                        "d: is a folder; give a file in it, or say which GLUE task it holds with --task"),
                mistake(
                        "gates where there are none",
                        s -> List.of("gates", models.ungated(), "--data", s.file("a.tsv", GOOD)),
                        "this model has no gates: its method is head"));
    }

    /** A file system of a few pages: what is begun there must not be left half-written. */
    @Test
    void diskFull() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(home.resolve("disk"));
        assumeTrue(ended("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk.toString()) == 0, "may not mount");
        try {
            Files.write(disk.resolve("full"), new byte[4096]);
            MistakeScene scene = new MistakeScene(Files.createTempDirectory(home, "full"), models);
            scene.tell(
                    scene.train("--method", "full", "--out", disk.resolve("out")),
                    "cannot write " + disk.resolve("out"),
                    "No space left on device");
            assertThat(disk.resolve("out")).doesNotExist();
        } finally {
            ended("umount", disk.toString());
        }
    }

    private static int ended(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
