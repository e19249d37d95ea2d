package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.run.JointRun;
import org.unipelt.run.RunSpec;
import org.unipelt.task.ParameterCounts;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.CutTexts;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * The training of several tasks at once, as {@code train --tasks} shows it.
 *
 * @param run the training
 * @param data the data of each task
 * @param base the base model
 */
record JointTraining(Console console, JointRun run, Map<String, DataSpec.Loaded> data, BaseModel base) {
    private static final int WIDTH = 80;

    /** The result, for {@code --json}. */
    private record Result(
            @JsonProperty("model_dir") String folder,
            String base,
            String method,
            @JsonProperty("shared_parameters") long shared,
            boolean finished,
            int epochs,
            @JsonProperty("best_epoch") int bestEpoch,
            @JsonProperty("stopped_by") String stoppedBy,
            Map<String, TaskResult> tasks) {}

    /** The result of one task. */
    private record TaskResult(
            @JsonProperty("model_dir") String folder,
            @JsonProperty("own_parameters") long own,
            int rows,
            Map<String, Map<String, Double>> metrics) {}

    /**
     * Trains, and prints what is known before and after.
     *
     * @param rateOrigin where the learning rate comes from
     * @param others what else listens
     * @return whether the training finished, and was not stopped
     */
    boolean train(boolean quiet, boolean json, String rateOrigin, List<TrainingEvent.Listener> others) {
        AtomicReference<TrainingEvent.Finished> end = new AtomicReference<>();
        try (TrainingProgress progress = new TrainingProgress(console, "");
                Interruption interruption = new Interruption(console)) {
            if (!quiet) {
                introduce(rateOrigin);
            }
            warn();
            TrainingEvent.Listener listener = event -> {
                if (event instanceof TrainingEvent.Finished finished) {
                    end.set(finished);
                }
                if (!quiet) {
                    progress.on(event);
                }
            };
            List<TrainingEvent.Listener> listeners = new ArrayList<>(others);
            listeners.add(listener);
            Optional<Map<String, TunedModel>> tuned =
                    run.train(base, data, TrainingEvent.Listener.all(listeners), interruption);
            progress.close();
            Map<String, AdapterCard> cards = new LinkedHashMap<>();
            tuned.ifPresent(models -> models.forEach((name, model) -> {
                try (model) {
                    cards.put(name, model.card());
                }
            }));
            if (json) {
                printJson(Optional.ofNullable(end.get()).filter(finished -> tuned.isPresent()), cards);
            } else if (tuned.isPresent()) {
                print(cards);
            }
            return tuned.isPresent();
        }
    }

    private long shared() {
        Method method = run.first().method();
        Set<String> own = Set.copyOf(method.taskParameters(base.backbone()));
        return Parameter.count(method.parameters(base.backbone()).stream()
                .filter(parameter -> !own.contains(parameter.name()))
                .toList());
    }

    private ParameterCounts counts(String task) {
        return ParameterCounts.of(
                base.backbone(),
                run.first().method(),
                base.head(),
                Objects.requireNonNull(data.get(task)).labels());
    }

    private Profile profile(String task) {
        boolean guessed = Objects.requireNonNull(run.specs().get(task)).data().stream()
                .anyMatch(files -> files.labels() == LabelKind.AUTO);
        return Objects.requireNonNull(data.get(task)).profile(guessed);
    }

    private void introduce(String rateOrigin) {
        RunSpec first = run.first();
        int longest = data.keySet().stream().mapToInt(String::length).max().orElse(0);
        String indent = " ".repeat("tasks   ".length() + longest + 2);
        String start = "tasks   ";
        for (String task : data.keySet()) {
            DataSpec.Loaded rows = data.get(task);
            String name = String.format(Locale.ROOT, "%-" + (longest + 2) + "s", task);
            console.say(start + name + profile(task).said(WIDTH - indent.length()));
            console.say(indent + run.describe(task, rows));
            console.say(indent
                    + CutTexts.of(base, rows.split().train(), first.training().maxLength())
                            .describe());
            start = "        ";
        }
        long shared = shared();
        List<String> own = new ArrayList<>();
        data.keySet()
                .forEach(task -> own.add(
                        String.format(Locale.ROOT, "%s %,d", task, counts(task).exact() - shared)));
        console.say("base    " + base.name()
                + String.format(
                        Locale.ROOT,
                        ", %,d weights",
                        counts(data.keySet().iterator().next()).backbone()));
        console.say("method  " + first.method().toString().replace(",", ", "));
        console.say(
                String.format(Locale.ROOT, "trains  %,d parameters that all tasks share, and each its own: ", shared)
                        + String.join(", ", own));
        console.say("rate    " + new BigDecimal(Double.toString(first.training().learningRate())).toPlainString() + ", "
                + rateOrigin);
        console.say("into    " + run.folder());
    }

    private void warn() {
        data.keySet()
                .forEach(task ->
                        profile(task).warnings().forEach(warning -> console.say("warning: " + task + ": " + warning)));
        run.first().method().remark(base.backbone()).ifPresent(remark -> console.say("warning: " + remark));
    }

    private void printJson(Optional<TrainingEvent.Finished> end, Map<String, AdapterCard> cards) {
        long shared = shared();
        Map<String, TaskResult> tasks = new LinkedHashMap<>();
        data.forEach((task, rows) -> tasks.put(
                task,
                new TaskResult(
                        run.folder().resolve(task).toString(),
                        counts(task).exact() - shared,
                        rows.split().train().size(),
                        Optional.ofNullable(cards.get(task))
                                .map(AdapterCard::metrics)
                                .orElse(Map.of()))));
        console.printJson(new Result(
                run.folder().toString(),
                base.name(),
                run.first().method().toString(),
                shared,
                end.isPresent(),
                end.map(TrainingEvent.Finished::epoch).orElse(0),
                end.map(TrainingEvent.Finished::bestEpoch).orElse(0),
                end.map(TrainingEvent.Finished::reason).orElse("interruption"),
                tasks));
    }

    private void print(Map<String, AdapterCard> cards) {
        Set<String> parts = new LinkedHashSet<>();
        for (String part : List.of("dev", "test")) {
            if (cards.values().stream().anyMatch(card -> card.metrics().containsKey(part))) {
                parts.add(part);
            }
        }
        if (parts.isEmpty()) {
            console.printSentence(
                    "All rows were used for training, so there are no scores; evaluate the models on other rows.");
        } else {
            table(cards, parts).lines().forEach(console::print);
        }
        console.print("");
        console.printSentence("The models are in " + run.folder() + ", a folder for each task.");
        String first = cards.keySet().iterator().next();
        new NextCommands(run.folder().resolve(first), Objects.requireNonNull(cards.get(first))).print(console);
    }

    private static TextTable table(Map<String, AdapterCard> cards, Set<String> parts) {
        List<Align> aligns = new ArrayList<>(List.of(Align.LEFT, Align.LEFT));
        List<String> head = new ArrayList<>(List.of("task", "metric"));
        parts.forEach(part -> {
            aligns.add(Align.RIGHT);
            head.add(part);
        });
        TextTable table = new TextTable(aligns).add(head);
        cards.forEach((task, card) -> {
            String shown = task;
            Map<String, Map<String, Double>> of = card.metrics();
            Set<String> metrics = new LinkedHashSet<>();
            of.values().forEach(values -> metrics.addAll(values.keySet()));
            for (String metric : metrics) {
                List<String> row = new ArrayList<>(List.of(shown, metric));
                parts.forEach(part ->
                        row.add(Metrics.number(of.getOrDefault(part, Map.of()).getOrDefault(metric, Double.NaN))));
                table.add(row);
                shown = "";
            }
        });
        return table;
    }
}
