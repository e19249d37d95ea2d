package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.data.GlueTask;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Precision;
import org.unipelt.training.TrainingConfig;

class SweepSpecTest {
    @TempDir
    Path folder;

    private SweepSpec read(Optional<String> scale, String text) throws IOException {
        Path file = Files.writeString(folder.resolve("spec.yaml"), text);
        return SweepSpec.read(file, new SweepSpec.Overrides(scale, Optional.empty(), Optional.empty()));
    }

    private List<Cell> cells(String text) throws IOException {
        SweepSpec spec = read(Optional.empty(), text);
        Map<String, Metric> metrics = spec.tasks().stream()
                .collect(Collectors.toMap(
                        DataSource::name, task -> task.metrics().get(0)));
        return spec.cells(
                "m",
                "f",
                drawn -> "rows",
                (method, drawn) -> TrainingConfig.builder(method, metrics.get(drawn.task())));
    }

    @Test
    void theGridIsTheProductOfAllThatIsListed() throws IOException {
        List<Cell> cells = cells("""
                data: glue
                tasks: [cola, rte]
                samples: {cola: [100, 500], rte: all}
                methods: {l: 'lora(rank={rank})', a: adapter}
                vary: {rank: [4, 8], dropout: [0, 0.1]}
                data-seeds: [1, 2, 3]
                seeds: [42, 43]
                """);
        // lora 2 ranks x 2 dropouts, adapter 2 dropouts; cola 2 sizes x 3 x 2 seeds, rte 2 seeds.
        assertThat(cells).hasSize(6 * (2 * 3 * 2 + 2));
        assertThat(cells.stream().map(Cell::hash).distinct()).hasSize(cells.size());
        assertThat(cells.get(0).text()).startsWith("lora(rank=4,");
        assertThat(cells.get(0).vary()).isEqualTo(Map.of("rank", "4", "dropout", "0"));
        assertThat(cells.get(0).training().dropout()).isZero();
        assertThat(cells.get(0).devRows()).contains(1000);
        assertThat(cells)
                .filteredOn(cell -> cell.method().equals("a"))
                .allMatch(cell -> cell.vary().keySet().equals(Set.of("dropout")));
    }

    @Test
    void theMoreParticularSettingWins() throws IOException {
        List<Cell> cells = cells("""
                data: glue
                tasks: stsb
                samples: 100
                methods: [lora, adapter, bitfit]
                training: {learning-rate: 1e-3, epochs: 7, adamw: release}
                learning-rates: {lora: 2e-3}
                vary: {epochs: [8]}
                """);
        assertThat(cells.stream().map(cell -> cell.training().learningRate())).containsExactly(2e-3, 1e-3, 1e-3);
        assertThat(cells).allMatch(cell -> cell.training().epochs() == 8);
        assertThat(cells.get(0).training().metric().text()).isEqualTo("spearman");
        assertThat(cells.get(0).seed()).isEqualTo(42);
        assertThat(cells.get(0).dataSeed()).isEqualTo(111);
    }

    @Test
    void severalLearningRatesOfAMethodAreEachTried() throws IOException {
        List<Cell> cells = cells("""
                data: glue
                tasks: stsb
                samples: 100
                methods: [lora, head]
                learning-rates: {lora: [1e-3, 2e-3]}
                """);
        assertThat(cells.stream().map(cell -> cell.training().learningRate())).containsExactly(1e-3, 2e-3, 1e-3);
        assertThat(cells.stream().map(Cell::vary))
                .containsExactly(Map.of("learning-rate", "1e-3"), Map.of("learning-rate", "2e-3"), Map.of());
    }

    @Test
    void precisionIsOneOfTwoWords() throws IOException {
        String text = """
                data: glue
                tasks: stsb
                samples: 100
                methods: [lora]
                """;
        assertThat(read(Optional.empty(), text).precision()).isEqualTo(Precision.F32);
        assertThat(read(Optional.empty(), text + "precision: bf16\n").precision())
                .isEqualTo(Precision.BF16);
        assertThatThrownBy(() -> read(Optional.empty(), text + "precision: fp16\n"))
                .hasMessageContaining(":5: precision: unknown precision 'fp16'");
    }

    @Test
    void aTableOfOnesOwnStandsInForTasks() throws IOException {
        Files.writeString(folder.resolve("mine.csv"), "body,topic\na,x\nb,y\nc,x\nd,y\n");
        String text = """
                data: %s
                columns: {text: body, label: topic}
                methods: [lora, head]
                data-seeds: [1, 2]
                """.formatted(folder.resolve("mine.csv"));
        List<Cell> cells = cells(text);
        assertThat(cells).hasSize(4);
        assertThat(cells.get(0).task()).isEqualTo("mine.csv");
        assertThat(cells.get(0).samples()).isEmpty();
        assertThat(cells.get(0).training().metric().text()).isEqualTo("accuracy");
        // With a development file nothing is drawn by the data seed.
        assertThat(cells(text + "dev: " + folder.resolve("mine.csv") + "\n")).hasSize(2);
        assertThatThrownBy(() -> cells(text + "tasks: cola\n")).hasMessageContaining(":5: tasks: are GLUE's");
        assertThatThrownBy(() -> cells(text + "labels: scores\n"))
                .hasMessageContaining(":5: labels: unknown kind 'scores'; did you mean 'score'?");
        assertThatThrownBy(() -> cells(text + "dev: d.csv\nsamples: 2\n"))
                .hasMessageContaining(":5: dev: with 'samples' the development rows are drawn from the table");
        assertThatThrownBy(() -> cells(text.replace("topic", "topics")))
                .hasMessageContaining(":1: data: ")
                .hasMessageContaining("topics");
        assertThatThrownBy(() -> cells(text.replace("label: topic", "lable: topic")))
                .hasMessageContaining(":2: columns: unknown column 'lable'; did you mean 'label'?");
        assertThatThrownBy(() -> cells(text.replace("mine.csv", "none.csv")))
                .hasMessageContaining(":1: data: ")
                .hasMessageContaining("none.csv");
    }

    @Test
    void aScaleStandsInForFields() throws IOException {
        String text = """
                data: glue
                tasks: [cola, rte]
                samples: [100]
                methods: [lora]
                training: {epochs: 9, batch-size: 8}
                scales: {small: {tasks: cola, dev-rows: 50, training: {epochs: 2}}}
                """;
        assertThat(cells(text)).hasSize(2);
        List<Cell> small = read(Optional.of("small"), text)
                .cells(
                        "m",
                        "f",
                        drawn -> "rows",
                        (method, drawn) -> TrainingConfig.builder(
                                method, GlueTask.named(drawn.task()).metrics().get(0)));
        assertThat(small).hasSize(1);
        assertThat(small.get(0).devRows()).contains(50);
        assertThat(small.get(0).training().epochs()).isEqualTo(2);
        assertThat(small.get(0).training().batchSize()).isEqualTo(8);
        assertThatThrownBy(() -> read(Optional.of("smal"), text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("unknown scale 'smal'; did you mean 'small'?");
    }

    /** Each line stands in for the one of its field in a right spec, or after its end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | tasks: [cola, rtee]            | tasks: unknown task 'rtee'; did you mean 'rte'?",
                "2 | tasks: []                      | tasks: the list is empty",
                "2 | tasks: [cola, CoLA]            | tasks: 'CoLA' is given twice",
                "2 | tasks: [[cola]]                | tasks: each item must be one value",
                "3 | samples: [0]                   | samples: must be a whole number of 1 or more, got '0'",
                "3 | samples: many                  | samples: must be a whole number of 1 or more, got 'many'",
                "3 | samples: {rte: [100]}          | samples: there is no entry for task 'cola'",
                "3 | samples: {col: [100]}          | samples: unknown task 'col'; did you mean 'cola'?",
                "4 | methods: [lorra]               | methods: unknown method 'lorra'; did you mean 'lora'?",
                "4 | methods: {x: lora(rank=0)}     | methods: lora: rank must be",
                "4 | methods: [unipelt(adapter,lora)] | put a text with commas in quotes",
                "4 | methods: ['lora(rank={r})']    | methods: unknown placeholder 'r'",
                "4 | methods: {x: }                 | methods: needs one value",
                "5 | vary: {x: [1]}                 | vary: 'x' is neither a placeholder {x} of a method nor a setting",
                "5 | vary: {epoch: [1]}             | did you mean 'epochs'?",
                "5 | vary: {epochs: [many]}         | vary: epochs: must be a whole number, got 'many'",
                "5 | vary: {seed: [1]}              | vary: give seeds in the fields",
                "5 | vary: 3                        | vary: write names and values",
                "5 | training: {epochs: 0}          | training: epochs: must be at least 1, got 0",
                "5 | training: {epoch: 3}           | training: unknown setting 'epoch'; did you mean 'epochs'?",
                "5 | training: {learning-rate: x}   | training: learning-rate: must be a number, got 'x'",
                "5 | training: {padding: maxi}      | training: padding: unknown value 'maxi'; did you mean 'max'?",
                "5 | training: {metric: pearson}    | metric pearson does not fit labels that are 2 classes",
                "5 | training: {seed: 1}            | training: give seeds in the field 'seeds'",
                "5 | learning-rates: {adapter: 1}   | learning-rates: unknown method 'adapter'",
                "5 | labels: score                  | labels: GLUE tasks have their own",
                "5 | learning-rates: {lora: 7}      | learning-rates: lora: must be above 0",
                "5 | data-seeds: [-1]               | data-seeds: must be a whole number of 0 or more, got '-1'",
                "5 | seeds: x                       | seeds: must be a whole number of 0 or more, got 'x'",
                "5 | dev-rows: 2000                 | dev-rows: at most 1000 rows follow the samples",
                "5 | test-rows: none                | test-rows: must be a whole number of 1 or more, got 'none'",
                "5 | sample: 3                      | unknown field 'sample'; did you mean 'samples'?",
                "5 | tasks: rte                     | 'tasks' is given twice",
                "5 | scales: 3                      | scales: write a name and fields",
                "5 | '- x'                          | is not YAML",
            })
    void aMistakeIsToldWithItsLineAndField(int line, String wrong, String told) {
        List<String> right = new ArrayList<>(List.of("data: glue", "tasks: cola", "samples: 100", "methods: lora"));
        if (line <= right.size()) {
            right.set(line - 1, wrong);
        } else {
            right.add(wrong);
        }
        assertThatThrownBy(() -> read(Optional.empty(), String.join("\n", right)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("spec.yaml:" + line + ": ")
                .hasMessageContaining(told);
    }

    @Test
    void everyMistakeIsToldAtOnceByLine() {
        assertThatThrownBy(() -> read(Optional.empty(), "task: cola\nmethods: [lorra]\ntraining: {epochs: x}\n"))
                .hasMessageMatching("(?s)\\S+spec.yaml: 6 mistakes:\n(  \\S+spec.yaml:\\d: [^\n]+\n?)+")
                .hasMessageContaining(":1: there is no 'tasks'")
                .hasMessageContaining(":1: there is no 'samples'")
                .hasMessageContaining(":1: there is no 'data'")
                .hasMessageContaining(":1: unknown field 'task'; did you mean 'tasks'?")
                .hasMessageContaining(":2: methods: unknown method 'lorra'")
                .hasMessageContaining(":3: training: epochs: must be");
    }

    @Test
    void whatIsNoSpecIsToldToo() {
        assertThatThrownBy(() -> read(Optional.empty(), "")).hasMessageContaining("is empty");
        assertThatThrownBy(() -> read(Optional.empty(), "- a\n")).hasMessageContaining("spec.yaml:1: is not a list of");
        assertThatThrownBy(() -> read(Optional.empty(), "tasks: [cola\n")).hasMessageContaining("is not YAML");
        assertThatThrownBy(() -> read(Optional.empty(), "a: b\n---\nc: d\n")).hasMessageContaining("second document");
        assertThatThrownBy(() -> SweepSpec.read(folder.resolve("none.yaml"), SweepSpec.Overrides.nothing()))
                .hasMessageContaining("none.yaml: there is no such file");
    }
}
