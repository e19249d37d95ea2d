package org.unipelt.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Evaluation;
import org.unipelt.run.Run;
import org.unipelt.run.RunSpec;
import org.unipelt.task.ParameterCounts;
import org.unipelt.training.Stop;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Runs one cell: trains, reads the tuned model back, predicts the test rows, measures the gates. After a kill it
 * continues where it stopped. It always reads the model back from its files, so that an interrupted run gives the same
 * bytes.
 */
record CellTraining(BaseModel base, SweepData data, int workers) {
    private static final String EVENTS = "events.jsonl";
    private static final String STARTED = "run.json";

    /**
     * Runs a cell.
     *
     * @param work folder of this run, perhaps with files of an earlier process; holds the tuned model at the end
     * @return the outcome; none if asked to stop
     */
    Optional<Outcome> run(Cell cell, Path work, SweepEvent.Listener listener, BooleanSupplier stop) {
        listener.on(new SweepEvent.Began(cell));
        DataSpec.Loaded rows = data.of(cell);
        TrainingEvent.Listener training = event -> listener.on(new SweepEvent.Trained(cell, event));
        while (true) {
            Optional<TrainingLog> log = trained(cell, work, rows, training, stop);
            if (log.isEmpty() || stop.getAsBoolean()) {
                listener.on(new SweepEvent.Left(cell));
                return Optional.empty();
            }
            if (log.get().whole()) {
                Stop asked = new Stop(stop);
                try {
                    return Optional.of(outcome(cell, work, rows, log.get(), asked));
                } catch (CancellationException e) {
                    if (!asked.isHeeded()) {
                        throw e;
                    }
                    listener.on(new SweepEvent.Left(cell));
                    return Optional.empty();
                }
            }
            // A power cut took the end of the log: train again.
            Store.remove(work);
        }
    }

    /** Trains, unless an earlier process did. Returns the log; none if asked to stop. */
    private Optional<TrainingLog> trained(
            Cell cell, Path work, DataSpec.Loaded rows, TrainingEvent.Listener listener, BooleanSupplier stop) {
        Path events = work.resolve(EVENTS);
        if (Store.isModel(work)) {
            Run.tidy(work);
            return Optional.of(TrainingLog.read(events));
        }
        AtomicReference<TrainingLog> diverged = new AtomicReference<>();
        TrainingEvent.Listener watching = event -> {
            listener.on(event);
            if (event instanceof TrainingEvent.Diverged) {
                // Read it now: a run that fails before its first state removes its log.
                diverged.set(TrainingLog.read(events));
            }
        };
        try {
            Optional<TunedModel> model = open(cell, work).train(base, SweepData.toTrain(rows), watching, stop);
            model.ifPresent(TunedModel::close);
            return model.map(tuned -> TrainingLog.read(events));
        } catch (InputException e) {
            if (diverged.get() != null) {
                return Optional.of(diverged.get());
            }
            throw new InputException(cell.describe() + ": " + e.getMessage(), e);
        }
    }

    private Run open(Cell cell, Path work) {
        if (Files.exists(work.resolve(STARTED))) {
            return Run.reopen(work);
        }
        // An earlier process was killed before it wrote the run's file.
        Store.remove(work);
        return Run.begin(
                work,
                new RunSpec(
                        base.name(),
                        Methods.parse(cell.text()),
                        Optional.empty(),
                        data.source(cell),
                        Optional.empty(),
                        cell.training(),
                        base.precision()));
    }

    private Outcome outcome(Cell cell, Path work, DataSpec.Loaded rows, TrainingLog log, Stop stop) {
        Judged judged = log.failed().isPresent() ? Judged.nothing() : judge(work, rows, stop);
        Method method = Methods.parse(cell.text());
        ParameterCounts counts = ParameterCounts.of(
                base.backbone(), method, base.head(), rows.labels().outputs());
        Result result = new Result(
                cell,
                cell.training().metric().text(),
                judged.scores(),
                log.failed(),
                log.epochs(),
                log.bestEpoch(),
                log.end().orElse("divergence"),
                log.trained(),
                counts.paper(),
                counts.backbone(),
                log.curve(),
                judged.gates(),
                judged.test());
        Timing timing = new Timing(
                log.spent().toMillis() / 1e3,
                log.steps(),
                log.stepMillis(),
                judged.seconds(),
                judged.test().gold().size(),
                workers);
        return new Outcome(result, timing);
    }

    /** What the test rows and gates gave. */
    private record Judged(
            Map<String, Map<String, Double>> scores, List<Result.Gate> gates, Result.Answers test, double seconds) {
        static Judged nothing() {
            return new Judged(Map.of(), List.of(), Result.Answers.none(), 0);
        }
    }

    private Judged judge(Path work, DataSpec.Loaded rows, Stop stop) {
        Dataset test = rows.split().test().orElseThrow();
        try (TunedModel model = TunedModel.load(work, base)) {
            long before = System.nanoTime();
            Evaluation tested = model.evaluate(test, stop);
            double seconds = (System.nanoTime() - before) / 1e9;
            Map<String, Map<String, Double>> scores = new LinkedHashMap<>();
            Optional.ofNullable(model.card().metrics().get("dev")).ifPresent(dev -> scores.put("dev", dev));
            // The metric that steered the training comes first.
            scores.put("test", tested.metrics());
            Result.Answers answers = new Result.Answers(tested.right(), tested.predicted());
            return new Judged(scores, gates(model, test), answers, seconds);
        }
    }

    private static List<Result.Gate> gates(TunedModel model, Dataset test) {
        if (!model.card().method().isGated()) {
            return List.of();
        }
        return model.gates(test.examples().subList(0, Math.min(test.size(), Result.GATE_ROWS))).stream()
                .map(gate -> new Result.Gate(
                        gate.submodule(),
                        gate.site().part().text(),
                        gate.site().layer(),
                        gate.site().place().text(),
                        gate.mean(),
                        gate.sd()))
                .toList();
    }
}
