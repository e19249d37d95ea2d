package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt quickstart}: trains, evaluates and predicts once, on the program's own data. */
@Command(
        name = "quickstart",
        header = "Tunes, scores and predicts once, on data of its own.",
        description = {
            "",
            "Tunes bge-small by UniPELT (adapter and LoRA behind gates) on 100 customer messages in six classes, and tries"
                    + " it on 200 others, beside what the frozen model gives: a linear probe, and a head trained step by"
                    + " step. All with the defaults of 'unipelt train'. A minute or two.",
            ""
        },
        footer = {"", "Example:", "  unipelt quickstart --dir first-try"})
final class QuickstartCommand implements Callable<Integer> {
    private static final String METHOD = TrainCommand.DEFAULT_METHOD;
    /** The methods by their names in the table, simplest first. */
    private static final Map<String, String> METHODS = methods();

    private static Map<String, String> methods() {
        Map<String, String> methods = new LinkedHashMap<>();
        methods.put("linear probe", "probe");
        methods.put("head only", "head");
        methods.put("UniPELT (AL)", METHOD);
        return methods;
    }

    private static final int FEWEST = 20;
    private static final String FOLDER = "unipelt-quickstart";
    private static final List<String> NEW = List.of(
            "You took the money twice for one order, give me one of them back",
            "Is my parcel lost? Tracking has not moved since Monday",
            "the app closes by itself as soon as I open the camera");

    private final Console console;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "New folder for data and models. Default: " + FOLDER + ", or the next free name.")
    private @Nullable Path dir;

    @Option(
            names = "--samples",
            paramLabel = "K",
            defaultValue = "100",
            description =
                    "Messages to train on, " + FEWEST + " to " + QuickstartData.MOST + ". Default: ${DEFAULT-VALUE}.")
    private int samples;

    @Mixin
    @SuppressWarnings("unused") // picocli reads it.
    private ThreadOptions threads;

    @Mixin
    private CommonOptions common;

    QuickstartCommand(Console console) {
        this.console = console;
    }

    /** The result, for {@code --json}. */
    record Result(
            String folder,
            int samples,
            @JsonProperty("test_accuracy") Map<String, Double> accuracies,
            List<Prediction> predictions,
            double seconds) {}

    record Prediction(String text, String label, double probability) {}

    @Override
    public Integer call() {
        long start = System.nanoTime();
        if (samples < FEWEST || samples > QuickstartData.MOST) {
            throw new InputException(
                    "--samples must be from " + FEWEST + " to " + QuickstartData.MOST + ", got " + samples);
        }
        Path folder = folder();
        QuickstartData data = QuickstartData.copy(folder, samples);
        console.say("Customer messages in six classes: " + samples + " to train on, "
                + QuickstartData.rows(data.test()).size() + " to test on.");
        try (BaseModel base = BaseModel.open(ModelOptions.DEFAULT_MODEL)) {
            Map<String, Double> accuracies = new LinkedHashMap<>();
            accuracies.put("majority class", data.majorityAccuracy());
            for (Map.Entry<String, String> method : METHODS.entrySet()) {
                try (TunedModel model = train(base, method.getValue(), data, folder)) {
                    accuracies.put(method.getKey(), accuracy(model));
                }
            }
            try (TunedModel model = TunedModel.load(folder.resolve(METHOD), base)) {
                List<Prediction> said = new ArrayList<>();
                for (String text : NEW) {
                    Answer.Label answer = (Answer.Label) model.predict(text);
                    said.add(new Prediction(text, answer.text(), answer.probability()));
                }
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                if (common.json()) {
                    console.printJson(
                            new Result(folder.toString(), samples, accuracies, said, took.toMillis() / 1000.0));
                } else {
                    print(model, data, folder, accuracies, said, took);
                }
            }
        }
        return 0;
    }

    private Path folder() {
        if (dir == null) {
            return FreeFolder.of(FOLDER);
        }
        if (Files.exists(dir) && !isEmptyFolder(dir)) {
            throw new InputException(dir + ": is there already; choose another --dir");
        }
        return dir;
    }

    private static boolean isEmptyFolder(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private TunedModel train(BaseModel base, String method, QuickstartData data, Path folder) {
        try (TrainingProgress progress = new TrainingProgress(console, method)) {
            return Tuning.of(base, method).on(data.spec()).tell(progress).train(folder.resolve(method));
        }
    }

    private static double accuracy(TunedModel model) {
        return Objects.requireNonNull(
                Objects.requireNonNull(model.card().metrics().get("test")).get("accuracy"));
    }

    private void print(
            TunedModel model,
            QuickstartData data,
            Path folder,
            Map<String, Double> accuracies,
            List<Prediction> said,
            Duration took) {
        TextTable scores = new TextTable(List.of(Align.LEFT, Align.RIGHT)).add("", "test accuracy");
        accuracies.forEach((name, value) -> scores.add(name, String.format(Locale.ROOT, "%.1f %%", 100 * value)));
        scores.lines().forEach(console::print);
        console.print("");
        console.print("New messages:");
        TextTable predictions = new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.LEFT));
        said.forEach(one -> predictions.add(
                "  " + one.label(), String.format(Locale.ROOT, "%.0f %%", 100 * one.probability()), one.text()));
        predictions.lines().forEach(console::print);
        console.print("");
        console.print("How far the gates open, mean over the test messages:");
        List<Example> tested = QuickstartData.rows(data.test()).examples();
        GateTable.lines(model.gates(tested)).forEach(line -> console.print("  " + line));
        console.print("");
        console.print("Took " + TrainingProgress.clock(took) + ". Next:");
        Path tuned = folder.resolve(METHOD);
        console.print("  " + console.typed("predict", tuned, "How do I send this back?"));
        console.print("  " + console.typed("evaluate", tuned, "--data", data.test()));
        console.print("  " + console.typed("train", "--train", folder.resolve("train.tsv"), "--test", data.test()));
        console.print("  " + console.typed("methods"));
    }
}
