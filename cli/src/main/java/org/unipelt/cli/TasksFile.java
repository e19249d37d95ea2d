package org.unipelt.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.LabelKind;
import org.unipelt.experiment.YamlNode;
import org.unipelt.metric.Metric;
import org.unipelt.run.RunSpec;
import org.unipelt.training.Setting;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Reads the file of {@code train --tasks}: names of tasks, each with what {@code train} would be given for it alone. The
 * fields are the options of data, columns and tables, and the metric, so a file follows the same rules as options.
 *
 * @param tasks the tasks by name, in the order of the names
 * @param settings the settings that the command line gives for all of them
 */
record TasksFile(Map<String, TasksFile.Entry> tasks, List<Setting.Given<?>> settings) {
    /** The options of a single task. */
    @Command(name = "train")
    private static final class OfTask {
        @ArgGroup(validate = false)
        private DataOptions data = new DataOptions();

        @ArgGroup(validate = false)
        private ColumnOptions columns = new ColumnOptions();

        @ArgGroup(validate = false)
        private PreparationOptions preparation = new PreparationOptions();
    }

    /**
     * A task.
     *
     * @param data what it trains on
     * @param metric its main metric; empty for the usual one of its labels
     */
    record Entry(DataSpec data, Optional<Metric> metric) {}

    private static CommandLine line(OfTask task) {
        CommandLine line = new CommandLine(task)
                .registerConverter(LabelKind.class, text -> Words.constant(LabelKind.class, "value", text));
        TrainingOptions.add(line.getCommandSpec(), "Training", 1, List.of(), List.of(Setting.METRIC));
        return line;
    }

    /**
     * Reads a file.
     *
     * @param parsed the command line beside it
     * @throws InputException if it cannot be read, or a task's fields are not those of a training, with the line; or if the
     *     command line has an option that belongs to a task
     */
    static TasksFile read(Path file, ParseResult parsed) {
        List<OptionSpec> ofTask = line(new OfTask()).getCommandSpec().options();
        for (OptionSpec given : parsed.matchedOptions()) {
            String name = given.longestName();
            if (!name.equals(DataOptions.TASKS)
                    && ofTask.stream().anyMatch(option -> option.longestName().equals(name))) {
                throw InputException.about(
                        name.substring(2),
                        name + " is a task's own; with " + DataOptions.TASKS + " write it into that file");
            }
        }
        Map<String, Entry> tasks = new TreeMap<>();
        YamlNode.read(file, "topic: {train: messages.tsv}").fields().forEach((name, field) -> {
            String where = file + ":" + field.line() + ": ";
            if (!(field.value() instanceof YamlNode.Fields fields)) {
                throw new InputException(
                        where + "task '" + name + "' needs fields, as in '" + name + ": {train: messages.tsv}'");
            }
            tasks.put(name, entry(file, where + "task '" + name + "': ", fields));
        });
        return new TasksFile(tasks, TrainingOptions.given(parsed, Setting.ALL));
    }

    /** Reads and checks the data of every task; remarks begin with the task's name. */
    Map<String, DataSpec.Loaded> load(Consumer<String> remarks) {
        Map<String, DataSpec.Loaded> loaded = new LinkedHashMap<>();
        tasks.forEach(
                (name, task) -> loaded.put(name, task.data().load(remark -> remarks.accept(name + ": " + remark))));
        return loaded;
    }

    /**
     * Returns the run that each task would be alone.
     *
     * @param usual the default settings of each task
     * @param run makes the run of a task's data and settings
     */
    Map<String, RunSpec> runs(
            Map<String, TrainingConfig.Builder> usual, BiFunction<DataSpec, TrainingConfig, RunSpec> run) {
        Map<String, RunSpec> runs = new LinkedHashMap<>();
        tasks.forEach((name, task) -> {
            TrainingConfig.Builder builder = Objects.requireNonNull(usual.get(name));
            settings.forEach(given -> given.into(builder));
            task.metric().ifPresent(builder::metric);
            runs.put(name, run.apply(task.data(), builder.build()));
        });
        return runs;
    }

    private static Entry entry(Path file, String where, YamlNode.Fields fields) {
        fields.fields().forEach((key, field) -> {
            if (Setting.names().contains(key) && !key.equals(Setting.METRIC.name())) {
                throw new InputException(file + ":" + field.line() + ": '" + key
                        + "' holds for all tasks; leave it out here, and give --" + key);
            }
        });
        OfTask task = new OfTask();
        CommandLine line = line(task);
        ConfigFile config = new ConfigFile(line.getCommandSpec());
        try {
            List<String> args = config.arguments(file, fields, List.of());
            ParseResult parsed = line.parseArgs(args.toArray(String[]::new));
            if (task.data.tasks().isPresent()) {
                throw InputException.about("tasks", "a task cannot hold tasks; leave 'tasks' out");
            }
            return new Entry(
                    task.data.spec(task.columns).prepared(task.preparation.preparation()),
                    TrainingOptions.given(parsed, Setting.METRIC).map(Setting.Given::value));
        } catch (ParameterException e) {
            String option = e.getArgSpec() instanceof OptionSpec given ? given.longestName() : "";
            throw new InputException(
                    config.origin(option).map(found -> found + ": ").orElse(where) + ErrorReporter.message(e), e);
        } catch (InputException e) {
            throw new InputException(
                    e.getMessage().startsWith(file + ":")
                            ? e.getMessage()
                            : e.field()
                                            .flatMap(config::origin)
                                            .map(found -> found + ": ")
                                            .orElse(where)
                                    + e.getMessage(),
                    e);
        }
    }
}
