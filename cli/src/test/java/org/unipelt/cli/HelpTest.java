package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart",
                "methods",
                "models",
                "check",
                "train",
                "sweep",
                "sweep status",
                "sweep pack",
                "compare",
                "runs",
                "report",
                "evaluate",
                "predict",
                "serve",
                "gates",
                "import",
                "export",
                "card"
            })
    void everyCommandHasHelpThatFitsATerminalAndAnExample(String command) {
        Shell.Outcome help = help(command);
        assertThat(help.code()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .containsPattern("Examples?:\n  unipelt " + command)
                .contains("--json");
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(help.out().split("Examples?:\n")[1].split("\n\n")[0].lines())
                .as("an example that is too long would be broken where it cannot be typed")
                .allMatch(line -> line.startsWith("  "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart",
                "methods",
                "check",
                "train",
                "sweep",
                "sweep status",
                "sweep pack",
                "compare",
                "runs",
                "report",
                "evaluate",
                "predict",
                "serve",
                "gates",
                "import",
                "export",
                "card"
            })
    void noLineOfTheHelpEndsInsideAWord(String command) {
        Set<String> words = words(command);
        System.setProperty("picocli.usage.width", "1000");
        try {
            assertThat(words(command))
                    .as("the same words where nothing is wrapped")
                    .containsAll(words);
        } finally {
            System.clearProperty("picocli.usage.width");
        }
    }

    private static Set<String> words(String command) {
        return new HashSet<>(List.of(help(command).out().split("\\s+")));
    }

    private static Shell.Outcome help(String command) {
        return Shell.run((Object[]) (command + " --help").split(" "));
    }

    @Test
    void withoutCommandItShowsAllCommands() {
        Shell.Outcome help = Shell.run();
        assertThat(help.code()).isZero();
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(help.out())
                .contains(
                        "quickstart",
                        "methods",
                        "models",
                        "check",
                        "train",
                        "sweep",
                        "compare",
                        "runs",
                        "report",
                        "evaluate",
                        "predict",
                        "serve",
                        "gates",
                        "import",
                        "export",
                        "card");
    }

    @Test
    void versionTellsWhatComputes() {
        assertThat(Shell.run("--version").out().strip()).matches("unipelt \\d\\S*");
        Shell.Outcome version = Shell.run("--version", "--verbose");
        assertThat(version.code()).isZero();
        assertThat(version.out())
                .containsPattern("unipelt \\d")
                .containsPattern("java \\d")
                .contains("libtorch", "blas", "threads", "packed-maps", "int8");
    }

    @Test
    void helpIsACommandToo() {
        assertThat(Shell.run("help", "train").out())
                .isEqualTo(Shell.run("train", "--help").out());
    }

    @Test
    void shellsCompleteCommands() {
        Shell.Outcome script = Shell.run("generate-completion");
        assertThat(script.code()).isZero();
        assertThat(script.out()).contains("complete -F _complete_unipelt", "--learning-rate", "zsh");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trian                          | did you mean 'train'?",
                "train --epoch 3                | did you mean '--epochs'?",
                "train --epochs x               | --epochs: must be a whole number, got 'x'",
                "train --learning-rate fast     | --learning-rate: must be a number, got 'fast'",
                "train --metric acuracy         | did you mean 'accuracy'?",
                "train --padding maximum        | --padding: unknown value 'maximum'; known: longest, max",
                "train                          | give --train FILE",
                "train --data glue              | --data goes with --task",
                "train --task rte               | --task needs --data",
                "train --task sentiment         | unknown task 'sentiment'; known: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte,",
                "train --train nix.tsv          | nix.tsv: there is no such file",
                "train --train a.tsv --task rte | leave one out",
                "train --resume nix             | holds no unfinished run",
                "train --resume nix --epochs 3  | leave out --epochs",
                "train --config nix.yaml        | nix.yaml: there is no such file",
                "train --logging_dir logs       | unknown option '--logging_dir'; here: --tensorboard",
                "train --mlflow-experiment a    | --mlflow-experiment goes with --mlflow; add --mlflow URL",
                "train --mlflow ftp://a         | 'ftp://a' is no address of an MLflow server, as in http://localhost:5000",
                "train --method lorra           | did you mean 'lora'?",
                "methods --method lora(rang=4)  | did you mean 'rank'?",
                "methods --model minilm         | no model 'minilm'",
                "methods --labels 0             | --labels must be at least 1",
                "models fetch                   | NAME is missing",
                "models fetch ../bert           | is no name of the hub",
                "models fetch a/b               | HF_HUB_OFFLINE is set, which forbids to ask huggingface.co",
                "models fetsh a/b               | did you mean 'fetch'?",
                "models --in nix                | nix: there is no such folder",
                "methods more                   | nothing is expected at 'more'",
                "predict                        | MODEL_DIR is missing",
                "predict nix a                  | nix: there is no such folder",
                "evaluate nix --data a.tsv      | nix: there is no such folder",
                "gates nix --data a.tsv         | nix: there is no such folder",
                "import                         | FOLDER is missing",
                "import nix --out b             | nix: there is no such folder",
                "import . --out b               | is no adapter of peft or AdapterHub",
                "runs nix                       | nix: there is no such folder",
                "runs --sort oldest             | --sort: unknown order 'oldest'; known: newest, best, name",
                "runs --depth -1                | --depth must be at least 0, got -1",
                "report nix                     | nix: holds no sweep and no tuned model",
                "report nix --format htm        | did you mean 'html'?",
                "report nix.zip                 | nix.zip: there is no such file; check the path",
                "sweep status nix.zip           | nix.zip: there is no such file; check the path",
                "sweep pack                     | DIR is missing",
                "sweep pack nix                 | --out needs a value, as in --out FILE",
                "sweep pack nix.zip --out a.zip | nix.zip: there is no such file; check the path",
                "sweep pack nix --out nix.zip   | nix: holds no sweep; give the folder of 'unipelt sweep --out'",
                "sweep pack nix --out nix       | nix: is no name of a zip; give one that ends in .zip with --out",
                "quickstart --samples 3         | --samples must be from 20 to 300"
            })
    void aMistakeIsToldInOneLine(String line, String said) {
        Shell.Outcome outcome = Shell.run(List.of(line.split(" ")).toArray());
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("unipelt: ").contains(said);
        assertThat(outcome.err().lines()).hasSize(1);
    }

    @Test
    void aStackTraceIsShownOnlyWhenAskedFor() {
        assertThat(Shell.run("train", "--train", "nix.tsv", "--stacktrace").err())
                .contains("\tat org.unipelt");
    }
}
