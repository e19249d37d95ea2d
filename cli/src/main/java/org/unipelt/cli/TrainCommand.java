package org.unipelt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.run.CrossValidation;
import org.unipelt.run.JointRun;
import org.unipelt.run.Recipe;
import org.unipelt.run.Run;
import org.unipelt.run.RunSpec;
import org.unipelt.task.ParameterCounts;
import org.unipelt.task.Seq2Seq;
import org.unipelt.tensor.Compute;
import org.unipelt.training.LearningRate;
import org.unipelt.training.Setting;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code unipelt train}: tunes a model on labelled texts. */
@Command(
        name = "train",
        header = "Tunes a model on labelled texts.",
        description = {
            "",
            "Writes a folder with adapter.json and adapter.safetensors, a few MB. Ctrl-C saves and stops; --resume"
                    + " continues.",
            ""
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footer = {
            "",
            "Examples:",
            "  unipelt train --train train.tsv --test test.tsv --out my-model",
            "  unipelt train --train films.csv --dev more.csv --label genres --labels multi",
            "  unipelt train --train train.tsv --folds 5",
            "  unipelt train --task rte --data glue --samples 500 --method lora",
            "  unipelt train --task summarization --train news.jsonl --model my-bart \\",
            "      --text article --label summary",
            "  unipelt train --tasks tasks.yaml --out my-models",
            "  unipelt train --task tokens --train train.conll --test test.conll",
            "  unipelt train --config settings.yaml --epochs 5",
            "  unipelt train --resume my-model",
            "  unipelt train --train train.tsv --tensorboard logs",
            "  unipelt train --train train.tsv --rank 0 --world 2 --meet 127.0.0.1:29500 &",
            "  unipelt train --train train.tsv --rank 1 --world 2 --meet 127.0.0.1:29500",
            "",
            "settings.yaml has options without dashes, one a line, as in 'epochs: 20'."
        })
final class TrainCommand implements Callable<Integer> {
    /** The best method on average in docs/results.md. */
    static final String DEFAULT_METHOD = "unipelt-al";

    /** Position of the training options in the help. */
    private static final int TRAINING = 5;

    static final int INTERRUPTED = 130;

    private static final List<String> WITH_RESUME = Stream.concat(
                    Stream.of("--resume", "--device", ThreadOptions.NAME, "--quiet", "--json", "--stacktrace"),
                    Stream.concat(TrackingOptions.NAMES.stream(), GroupOptions.NAMES.stream()))
            .toList();

    private final Console console;

    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nData:%n", order = 1)
    private DataOptions data = new DataOptions();

    @ArgGroup(validate = false, heading = "%nColumns:%n", order = 2)
    private ColumnOptions columns = new ColumnOptions();

    @ArgGroup(validate = false, heading = "%nReading tables:%n", order = 2)
    private PreparationOptions preparation = new PreparationOptions();

    @ArgGroup(validate = false, heading = "%nBase model:%n", order = 3)
    private BaseOptions model = new BaseOptions();

    @ArgGroup(validate = false, heading = "%nMethod:%n", order = 4)
    private Tuned kind = new Tuned();

    @ArgGroup(validate = false, heading = "%nHow good and how sure it is:%n", order = TRAINING + 2)
    private JudgingOptions judging = new JudgingOptions();

    @ArgGroup(validate = false, heading = "%nThe run:%n", order = TRAINING + 3)
    private RunOptions place = new RunOptions();

    @ArgGroup(validate = false, heading = "%nTracking:%n", order = TRAINING + 4)
    private TrackingOptions tracking = new TrackingOptions();

    @ArgGroup(validate = false, heading = "%nSeveral processes that train one model:%n", order = TRAINING + 5)
    private GroupOptions several = new GroupOptions();

    @Mixin
    private CommonOptions common;

    static final class Tuned {
        @Option(
                names = "--method",
                paramLabel = "TEXT",
                description =
                        "A preset or a method as text; 'unipelt methods' lists them. Default: " + DEFAULT_METHOD + ".")
        private String method = DEFAULT_METHOD;

        @Option(
                names = "--pooling",
                paramLabel = "pooler|first|mean|end",
                description = "Which vector the head reads. Default: the one that the base model was trained for.")
        private Pooling pooling;
    }

    private TrainCommand(Console console) {
        this.console = console;
    }

    /** The command with its options. */
    static CommandLine line(Console console) {
        CommandLine line = new CommandLine(new TrainCommand(console));
        TrainingOptions.add(
                line.getCommandSpec(), "Training", TRAINING, List.of(TrainingOptions.recipe()), Setting.ALL);
        TrainingOptions.add(
                line.getCommandSpec(),
                "Models that generate text (BART, mBART, Pegasus, T5)",
                TRAINING + 1,
                List.of(),
                Setting.GENERATION);
        return line;
    }

    @Override
    public Integer call() {
        tracking.check(console);
        several.check(common.json());
        if (place.resume() != null) {
            return resume(place.resume());
        }
        return data.tasks().isPresent() ? begin(data.tasks().get()) : begin();
    }

    /** Begins with several tasks. */
    private int begin(Path file) {
        Methods.check(kind.method);
        judging.requireNoFolds();
        several.requireNone("a training of several tasks");
        ParseResult parsed = spec.commandLine().getParseResult();
        TasksFile tasks = TasksFile.read(file, parsed);
        Recipe recipe = parsed.matchedOptionValue("--recipe", Recipe.BEST);
        Map<String, DataSpec.Loaded> loaded = tasks.load(this::warn);
        try (BaseModel base = model.open(place.device(), console)) {
            Method method = Methods.parse(kind.method, base.modules()::places);
            Map<String, RunSpec> runs = tasks.runs(
                    recipe.settings(method, base, loaded),
                    (task, settings) -> new RunSpec(
                            model.model(),
                            method,
                            Optional.ofNullable(kind.pooling),
                            Optional.of(task),
                            GenerationOptions.task(parsed, task.labels()),
                            settings,
                            model.precision(),
                            judging.calibrate()));
            Path folder = place.out() == null ? freeFolder(file.getFileName().toString(), method) : place.out();
            return train(JointRun.begin(folder, runs), loaded, base, origin(recipe, method, base, loaded.values()));
        }
    }

    private int train(JointRun run, Map<String, DataSpec.Loaded> loaded, BaseModel base, String rateOrigin) {
        boolean done = new JointTraining(console, run, loaded, base)
                .train(place.quiet(), common.json(), rateOrigin, tracking.listeners(run.folder(), console));
        return done ? 0 : stopped(run.folder());
    }

    private String origin(Recipe recipe, Method method, BaseModel base, Collection<DataSpec.Loaded> loaded) {
        return TrainingOptions.given(spec.commandLine().getParseResult(), Setting.LEARNING_RATE)
                .map(given -> LearningRate.given(given.value()))
                .orElseGet(() ->
                        recipe.learningRate(method, base, loaded.iterator().next()))
                .origin();
    }

    private int begin() {
        Methods.check(kind.method);
        judging.requireOneProcess(several);
        ParseResult parsed = spec.commandLine().getParseResult();
        Recipe recipe = parsed.matchedOptionValue("--recipe", Recipe.BEST);
        DataSpec source = data.spec(columns).prepared(preparation.preparation());
        Optional<Seq2Seq> generates = GenerationOptions.task(parsed, source.labels());
        DataSpec.Loaded loaded = source.load(this::warn);
        try (BaseModel base = model.open(place.device(), console)) {
            Method method = Methods.parse(kind.method, base.modules()::places);
            TrainingConfig.Builder settings = recipe.settings(method, base, loaded);
            TrainingOptions.given(parsed, Setting.ALL).stream()
                    // That of texts is in their task.
                    .filter(given -> generates.isEmpty() || given.setting() != Setting.LABEL_SMOOTHING)
                    .forEach(given -> given.into(settings));
            RunSpec whole = new RunSpec(
                    model.model(),
                    method,
                    Optional.ofNullable(kind.pooling),
                    Optional.of(source),
                    generates,
                    settings.build(),
                    model.precision(),
                    judging.calibrate());
            if (several.isReplica()) {
                return new ReplicaTraining(console, several).train(whole, base, loaded);
            }
            Path folder = place.out() == null ? freeFolder(source, method) : place.out();
            Optional<CrossValidation> folds = judging.begin(folder, whole);
            return train(
                    folds.map(CrossValidation::run).orElseGet(() -> Run.begin(folder, whole)),
                    folds,
                    loaded,
                    base,
                    origin(recipe, method, base, List.of(loaded)));
        }
    }

    private int resume(Path folder) {
        Set<String> others = new LinkedHashSet<>();
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!WITH_RESUME.contains(option.longestName())) {
                others.add(option.longestName());
            }
        }
        if (!others.isEmpty()) {
            throw new InputException(
                    "--resume continues with the settings of the run; leave out " + String.join(", ", others));
        }
        if (several.isReplica()) {
            return new ReplicaTraining(console, several).resume(place.device(), this::warn);
        }
        if (JointRun.isOne(folder)) {
            several.requireNone("a training of several tasks");
            JointRun run = JointRun.reopen(folder);
            Map<String, DataSpec.Loaded> loaded = run.load(this::warn);
            try (BaseModel base = DownloadProgress.open(
                    run.model(), Compute.of(place.device(), run.first().precision()), console)) {
                return train(run, loaded, base, "as at the start of the run");
            }
        }
        Optional<CrossValidation> folds =
                Optional.of(folder).filter(CrossValidation::isUnfinished).map(CrossValidation::reopen);
        folds.ifPresent(begun -> several.requireNone("a cross-validation"));
        Run run = folds.map(CrossValidation::run).orElseGet(() -> Run.reopen(folder));
        DataSpec.Loaded loaded = run.load(this::warn);
        try (BaseModel base = DownloadProgress.open(
                run.model(), Compute.of(place.device(), run.spec().precision()), console)) {
            return train(run, folds, loaded, base, "as at the start of the run");
        }
    }

    private Path freeFolder(DataSpec source, Method method) {
        return freeFolder(
                source.task().orElseGet(() -> source.train().getFileName().toString()), method);
    }

    private Path freeFolder(String data, Method method) {
        String name = data.replaceFirst("\\..*", "");
        String how = Methods.names().contains(kind.method) ? kind.method : method.name();
        return FreeFolder.of("tuned-" + name.toLowerCase(Locale.ROOT) + "-" + how);
    }

    private int train(
            Run run, Optional<CrossValidation> folds, DataSpec.Loaded loaded, BaseModel base, String rateOrigin) {
        AtomicReference<TrainingEvent.Finished> end = new AtomicReference<>();
        try (TrainingProgress progress = new TrainingProgress(console, "");
                FoldProgress foldProgress = new FoldProgress(console);
                Interruption interruption = new Interruption(console)) {
            Profile profile = loaded.profile(run.spec()
                    .data()
                    .map(DataSpec::labels)
                    .filter(kind -> kind == LabelKind.AUTO)
                    .isPresent());
            ParameterCounts counts =
                    ParameterCounts.of(base.backbone(), run.spec().method(), base.head(), loaded.labels());
            long trained = counts.exact();
            Introduction introduction = new Introduction(console, run, loaded, profile, base);
            introduction.print(place.quiet(), counts, rateOrigin);
            introduction.warnings().forEach(this::warn);
            TrainingEvent.Listener listener = event -> {
                if (event instanceof TrainingEvent.Finished finished) {
                    end.set(finished);
                }
                if (!place.quiet()) {
                    progress.on(event);
                }
            };
            List<TrainingEvent.Listener> listeners = new ArrayList<>(tracking.listeners(run.folder(), console));
            listeners.add(listener);
            TrainingEvent.Listener all = TrainingEvent.Listener.all(listeners);
            CrossValidation.Progress told = place.quiet() ? CrossValidation.Progress.NONE : foldProgress;
            Optional<TunedModel> tuned;
            try (GroupOptions.Joined joined = several.join(console)) {
                tuned = folds.isPresent()
                        ? folds.get().train(base, loaded, told, all, interruption)
                        : run.train(base, loaded, all, interruption, joined.group());
            }
            foldProgress.close();
            progress.close();
            if (tuned.isEmpty()) {
                return stopped(run, trained, profile);
            }
            try (TunedModel done = tuned.get()) {
                Run last = folds.map(CrossValidation::run).orElse(run);
                finish(TrainReport.of(last, loaded, done), trained, profile, Objects.requireNonNull(end.get()));
            }
        }
        return 0;
    }

    private void warn(String what) {
        console.say("warning: " + what);
    }

    private int stopped(Run run, long trained, Profile profile) {
        if (common.json()) {
            console.printJson(TrainResult.stopped(run, trained, profile));
        }
        return stopped(run.folder());
    }

    private int stopped(Path folder) {
        List<Object> again = new ArrayList<>(List.of("train", "--resume", folder));
        again.addAll(Retyped.options(
                spec.commandLine().getParseResult(), name -> !name.equals("--resume") && WITH_RESUME.contains(name)));
        console.say("stopped and saved; to continue:\n  " + console.typed(again.toArray()));
        return INTERRUPTED;
    }

    private void finish(TrainReport report, long trained, Profile profile, TrainingEvent.Finished end) {
        if (common.json()) {
            console.printJson(report.result(trained, profile, end));
            return;
        }
        report.print(console);
        new NextCommands(report.run().folder(), report.model().card()).print(console);
    }
}
