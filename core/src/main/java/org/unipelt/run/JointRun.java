package org.unipelt.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Metric;
import org.unipelt.task.JointObjective;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.training.Ending;
import org.unipelt.training.Group;
import org.unipelt.training.Together;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * One training of several tasks in a folder: multi-task UniPELT, the future work of Mao et al. 2022 (section 7). The tasks
 * share the sub-modules. Each has its own gates, which decide what it lets in of them, and its own head.
 *
 * <pre>
 *                  ┌─ gates of task 1 ─▶ ┐
 *   sub-modules ───┤                     · ─▶ the frozen base ─▶ head of task 1, or of task 2
 *   (shared)       └─ gates of task 2 ─▶ ┘
 * </pre>
 *
 * <p>A gate that belongs to one task is the fullest condition on a task that a gate can have: a shared gate plus a
 * difference for each task computes the same functions, but would have more parameters, and no form of its own in the
 * files. A method without gates shares everything but the heads.
 *
 * <p>When it finishes, the folder holds one folder per task, each an ordinary tuned model with the shared parameters and the
 * task's own. Until then {@code run.json}, {@code events.jsonl} and {@code state.safetensors} are those of one training.
 * Tasks are taken in the order of their names, so the order in which they are given changes nothing.
 *
 * <p>Let one thread train with it at a time; a lock in the folder refuses a second, of any process.
 */
public final class JointRun {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_.-]*");
    /** The names of a training's own files in the folder. */
    private static final Set<String> TAKEN = Set.of("run.json", "events.jsonl", "state.safetensors");

    private final RunFolder here;
    private final SortedMap<String, Run> tasks;

    private JointRun(RunFolder here, SortedMap<String, Run> tasks) {
        this.here = here;
        this.tasks = tasks;
    }

    /**
     * Creates a new training in a folder that is empty or does not exist yet.
     *
     * @param tasks the run that each task would be alone, by the task's name; they differ in data and metric only
     * @throws InputException if the folder is not empty, is in use, or is not writable, or if the tasks cannot train together
     */
    public static JointRun begin(Path folder, Map<String, RunSpec> tasks) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(tasks, "tasks is null");
        demandTogether(tasks);
        RunFolder here = new RunFolder(folder);
        here.demandFree();
        SortedMap<String, Run> runs = new TreeMap<>();
        tasks.forEach((name, spec) ->
                runs.put(name, Run.of(folder.resolve(name), spec, Run.workingDirectory(), HeldOut.NONE)));
        return new JointRun(here, runs);
    }

    /**
     * Checks a task's name, which becomes the name of a folder.
     *
     * @throws InputException if it cannot be one
     */
    public static void requireName(String name) {
        Objects.requireNonNull(name, "name is null");
        if (!NAME.matcher(name).matches() || TAKEN.contains(name)) {
            throw new InputException(
                    "task '" + name + "': its model's folder has this name; use letters, digits, '-', '_'"
                            + " and '.', and none of the training's own files");
        }
    }

    private static void demandTogether(Map<String, RunSpec> tasks) {
        if (tasks.isEmpty()) {
            throw new InputException("there is no task; give one or more");
        }
        Map<String, String> folders = new HashMap<>();
        RunSpec first = tasks.values().iterator().next();
        tasks.forEach((name, spec) -> {
            Objects.requireNonNull(spec, () -> "the specification of task '" + name + "' is null");
            requireName(name);
            String other = folders.put(name.toLowerCase(Locale.ROOT), name);
            if (other != null) {
                throw new InputException(
                        "tasks '" + other + "' and '" + name + "' differ only in case; their folders may not");
            }
            if (spec.writing().isPresent()) {
                throw new InputException("task '" + name + "': its labels are texts to generate; only tasks with a head"
                        + " train together, so train it alone");
            }
            difference(first, spec).ifPresent(setting -> {
                throw new InputException("task '" + name + "': its " + setting + " is not that of task '"
                        + tasks.keySet().iterator().next()
                        + "'; tasks that train together share all settings but data and"
                        + " metric, so give one " + setting + " for all");
            });
        });
    }

    /** Returns the first setting in which two tasks differ that must not. */
    private static Optional<String> difference(RunSpec first, RunSpec other) {
        Map<String, String> those = shared(first, first.training().metric());
        Map<String, String> these = shared(other, first.training().metric());
        return Stream.concat(those.keySet().stream(), these.keySet().stream())
                .filter(setting -> !Objects.equals(those.get(setting), these.get(setting)))
                .findFirst();
    }

    private static Map<String, String> shared(RunSpec spec, Metric metric) {
        return RunSettings.of(new RunSpec(
                spec.model(),
                spec.method(),
                spec.pooling(),
                Optional.empty(),
                spec.writing(),
                spec.training().with(metric),
                spec.precision(),
                spec.calibrate()));
    }

    /** Returns whether a folder holds an unfinished training of several tasks. */
    public static boolean isOne(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Path file = new RunFolder(folder).file();
        return Files.exists(file) && JointRunFile.isOne(file);
    }

    /** Refuses an unfinished training of several tasks where one of a single task is wanted. */
    static void demandNone(RunFolder folder) {
        if (isOne(folder.folder())) {
            throw new InputException(
                    folder.folder() + ": holds an unfinished training of several tasks; continue it with"
                            + " JointRun.reopen, or with unipelt train --resume " + folder.folder());
        }
    }

    /**
     * Opens a stopped training to continue it.
     *
     * @throws InputException if the folder holds no unfinished training of several tasks, or is in use
     */
    public static JointRun reopen(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        RunFolder here = new RunFolder(folder);
        here.demandUnfinished();
        SortedMap<String, Run> runs = new TreeMap<>();
        JointRunFile.read(here.file())
                .tasks()
                .forEach((name, started) -> runs.put(
                        name, Run.of(folder.resolve(name), started.spec(), started.directory(), HeldOut.NONE)));
        return new JointRun(here, runs);
    }

    /** Returns the folder of the training. */
    public Path folder() {
        return here.folder();
    }

    /** Returns the run that each task would be alone, by the task's name, in order. */
    public Map<String, RunSpec> specs() {
        Map<String, RunSpec> specs = new LinkedHashMap<>();
        tasks.forEach((name, run) -> specs.put(name, run.spec()));
        return specs;
    }

    /** Returns what all tasks have in common: the specification of the first, with its data and metric. */
    public RunSpec first() {
        return Objects.requireNonNull(tasks.get(tasks.firstKey())).spec();
    }

    /** Returns the base model to open; if it is a folder, the path works from any working directory. */
    public String model() {
        return Objects.requireNonNull(tasks.get(tasks.firstKey())).model();
    }

    /**
     * Reads and checks the data of every task, and reports the rows and labels that were left out or changed.
     *
     * @param remarks receives a sentence about each change
     * @return the data by the task's name
     * @throws InputException as {@link Run#load(Consumer)}
     */
    public Map<String, DataSpec.Loaded> load(Consumer<String> remarks) {
        Objects.requireNonNull(remarks, "remarks is null");
        Map<String, DataSpec.Loaded> loaded = new LinkedHashMap<>();
        tasks.forEach((name, run) -> loaded.put(name, run.load(remark -> remarks.accept(name + ": " + remark))));
        return loaded;
    }

    /** Describes how the training uses a task's rows. */
    public String describe(String task, DataSpec.Loaded data) {
        Objects.requireNonNull(task, "task is null");
        Objects.requireNonNull(data, "data is null");
        return Objects.requireNonNull(tasks.get(task)).describe(data);
    }

    /**
     * Trains, from the start or from where it was stopped, and saves a tuned model for each task in a folder of the task's
     * name.
     *
     * @param base the base model that {@link #model()} names
     * @param data the data of every task, from {@link #load} or {@link org.unipelt.tuned.DataRows#load}
     * @param listener called for each event, in addition to {@code events.jsonl}; it may end the training early
     * @param stop asked after every step, and before every piece of an evaluation while training
     * @return the tuned models by the task's name, each to be closed; empty if {@code stop} stopped the training, which can
     *     then be resumed
     * @throws InputException if base model or data differ from those the training started with, or the folder is in use
     * @throws CancellationException if the thread was interrupted, which it stays; the training can be resumed
     * @throws IllegalStateException if the base model is closed
     */
    public Optional<Map<String, TunedModel>> train(
            BaseModel base, Map<String, DataSpec.Loaded> data, TrainingEvent.Listener listener, BooleanSupplier stop) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(listener, "listener is null");
        Objects.requireNonNull(stop, "stop is null");
        if (!data.keySet().equals(tasks.keySet())) {
            throw new InputException(folder() + ": its tasks are " + String.join(", ", tasks.keySet())
                    + ", but the data are" + " those of " + String.join(", ", new TreeSet<>(data.keySet())));
        }
        Objects.requireNonNull(tasks.get(tasks.firstKey())).requirePrecision(base);
        return here.use(base, () -> {
            try (FollowedRun followed = new FollowedRun(listener)) {
                return train(base, members(base, data), followed, stop);
            }
        });
    }

    /** A task while it trains. */
    private record Member(
            String name,
            Run run,
            RunFile started,
            DataSpec.Loaded data,
            boolean judged,
            TunedModel model,
            Objective objective) {}

    /** The tasks with initial values. The models of all share the tensors of the first one's that are not a task's own. */
    private List<Member> members(BaseModel base, Map<String, DataSpec.Loaded> data) {
        Set<String> names = shared(base);
        if (names.isEmpty()) {
            throw new InputException(
                    "method '" + first().method() + "' has nothing that tasks could share, as each has its"
                            + " own head; use another method, or train one model for each task");
        }
        Map<String, Tensor> shared = new HashMap<>();
        List<Member> members = new ArrayList<>();
        boolean complete = false;
        try {
            tasks.forEach((name, run) -> {
                Member member = member(name, run, base, Objects.requireNonNull(data.get(name)), shared);
                members.add(member);
                Map<String, Tensor> trained = member.objective().trained();
                names.forEach(each -> shared.putIfAbsent(each, trained.get(each)));
            });
            complete = true;
            return members;
        } finally {
            if (!complete) {
                close(members);
            }
        }
    }

    private static Member member(
            String name, Run run, BaseModel base, DataSpec.Loaded data, Map<String, Tensor> shared) {
        boolean judged = run.isJudged(data);
        DataSpec.Loaded used = run.used(data);
        RunFile started = run.started(base, used, judged);
        TunedModel model = run.untrained(base, used, started, shared);
        boolean complete = false;
        try {
            Member member = new Member(name, run, started, used, judged, model, run.objective(model, used, judged));
            complete = true;
            return member;
        } finally {
            if (!complete) {
                model.close();
            }
        }
    }

    private static void close(List<Member> members) {
        members.forEach(member -> member.model().close());
    }

    /** Returns the names of the parameters that all tasks share. */
    private Set<String> shared(BaseModel base) {
        Set<String> shared = new TreeSet<>();
        Method method = first().method();
        method.parameters(base.backbone()).stream().map(Parameter::name).forEach(shared::add);
        method.taskParameters(base.backbone()).forEach(shared::remove);
        return shared;
    }

    private Optional<Map<String, TunedModel>> train(
            BaseModel base, List<Member> members, FollowedRun followed, BooleanSupplier stop) {
        boolean resumed = here.isUnfinished();
        Optional<Map<String, TunedModel>> saved = Optional.empty();
        try {
            check(members, resumed);
            followed.begin(RunSettings.of(first()));
            TrainingConfig config = first().training();
            saved = here.train(
                            new JointObjective(
                                    members.stream()
                                            .map(member -> new JointObjective.Member(
                                                    member.name(),
                                                    member.objective(),
                                                    member.run()
                                                            .spec()
                                                            .training()
                                                            .metric()))
                                            .toList(),
                                    shared(base),
                                    Trainer.leastExplained(config.headStart())),
                            config,
                            followed.listener(),
                            stop,
                            (observer, ending) -> evaluated(members, observer, ending),
                            Group.alone())
                    .map(this::save);
            saved.ifPresentOrElse(models -> followed.finished(scores(models)), followed::stopped);
            return saved;
        } catch (CancellationException e) {
            followed.stopped();
            throw e;
        } finally {
            if (saved.isEmpty()) {
                close(members);
                if (!resumed) {
                    here.removeUnlessSaved();
                }
            }
        }
    }

    /** The scores by part of the data; a metric's name has its task in front. */
    private static Map<String, Map<String, Double>> scores(Map<String, TunedModel> models) {
        Map<String, Map<String, Double>> all = new LinkedHashMap<>();
        models.forEach((task, model) -> model.card()
                .metrics()
                .forEach((part, metrics) -> metrics.forEach((metric, value) ->
                        all.computeIfAbsent(part, each -> new LinkedHashMap<>()).put(task + "/" + metric, value))));
        return all;
    }

    /** Checks that a resumed training goes on with what it started with; writes what a new one starts with. */
    private void check(List<Member> members, boolean resumed) {
        Map<String, RunFile> started = new LinkedHashMap<>();
        members.forEach(member -> started.put(member.name(), member.started()));
        if (!resumed) {
            JointRunFile.of(started).write(here.file());
            return;
        }
        Map<String, RunFile> then = JointRunFile.read(here.file()).tasks();
        if (!then.keySet().equals(started.keySet())) {
            throw new InputException(folder() + ": holds an unfinished training of other tasks; choose another folder");
        }
        members.forEach(
                member -> member.run().checkSame(member.started(), Objects.requireNonNull(then.get(member.name()))));
    }

    private static Map<String, TunedModel> evaluated(
            List<Member> members, SequenceClassifier.BatchObserver observer, Ending ending) {
        Map<String, TunedModel> evaluated = new LinkedHashMap<>();
        for (Member member : members) {
            TunedModel model = member.run().evaluated(member.model(), member.data(), member.judged(), observer, ending);
            List<String> others = members.stream()
                    .map(Member::name)
                    .filter(name -> !name.equals(member.name()))
                    .toList();
            evaluated.put(member.name(), model.with(model.card().withTogether(new Together(others))));
        }
        return evaluated;
    }

    private Map<String, TunedModel> save(Map<String, TunedModel> models) {
        Map<String, TunedModel> saved = new LinkedHashMap<>();
        models.forEach((name, model) -> {
            Path own = folder().resolve(name);
            // A process that was killed while it saved leaves models of this training.
            new RunFolder(own).removeModel();
            saved.put(name, model.save(own));
        });
        here.finish();
        return Collections.unmodifiableMap(saved);
    }
}
