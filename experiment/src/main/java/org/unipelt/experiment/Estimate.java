package org.unipelt.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Split;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.run.Run;
import org.unipelt.run.RunSpec;
import org.unipelt.text.Segments;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * How long a sweep will take, estimated from a few steps of each method and the lengths of the texts.
 *
 * @param least if every run stops as early as its patience allows
 * @param most if every run needs all its epochs
 * @param stepMillis milliseconds of a step by method, on the grid's first task; methods without steps are absent
 */
public record Estimate(Duration least, Duration most, Map<String, Double> stepMillis) {
    private static final int STEPS = 4;
    /** The first one warms up. */
    private static final int EPOCHS = 2;

    private static final int TIMED_DEV = 64;
    private static final int LENGTHS = 100;

    /** Seconds per token of a forward pass, of fitting the head before the first step, and of training. */
    private record Pace(double forward, double fitted, double trained, double stepMillis) {}

    private record Rows(String task, Optional<Integer> samples) {}

    /** Times a few steps of every method in the sweep. */
    public static Estimate of(Sweep sweep) {
        Map<String, Pace> paces = new LinkedHashMap<>();
        Map<String, Double> steps = new LinkedHashMap<>();
        Map<Rows, Double> lengths = new HashMap<>();
        double least = 0;
        double most = 0;
        for (Cell cell : sweep.cells()) {
            Pace pace = paces.computeIfAbsent(
                    cell.text(), text -> time(sweep, sweep.cells().get(0), cell));
            if (Methods.parse(cell.text()).trainsBySteps()) {
                steps.putIfAbsent(cell.method(), pace.stepMillis());
            }
            Split split = sweep.data().of(cell).split();
            double tokens = lengths.computeIfAbsent(
                    new Rows(cell.task(), cell.samples()),
                    rows -> tokens(sweep.base(), split.train(), cell.training().maxLength()));
            double gates = Methods.parse(cell.text()).isGated() ? Result.GATE_ROWS : 0;
            double tested = split.test().map(Dataset::size).orElse(0)
                    + Math.min(gates, split.test().map(Dataset::size).orElse(0));
            TrainingConfig training = cell.training();
            boolean last = training.keep() == TrainingConfig.Keep.LAST;
            // If the last state is kept, the rows set aside train too.
            boolean all = split.aside() && last;
            int learned = split.train().size() + (all ? split.dev().size() : 0);
            int judging = all ? 0 : split.dev().size();
            double begin = training.headStart() != TrainingConfig.HeadStart.RANDOM
                    ? tokens * (learned * pace.fitted() + judging * pace.forward())
                    : 0;
            double epoch = tokens * (learned * pace.trained() + judging * pace.forward());
            double after = tokens * (judging + tested) * pace.forward();
            int epochs = training.epochs();
            least += begin + after + epoch * (last ? epochs : Math.min(epochs, training.patience() + 1));
            most += begin + after + epoch * epochs;
        }
        return new Estimate(seconds(least), seconds(most), steps);
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private static double tokens(BaseModel base, Dataset rows, int maxLength) {
        List<Segments> texts =
                rows.examples().stream().limit(LENGTHS).map(Estimate::segments).toList();
        return base.tokenizer().encodeAll(texts, maxLength).stream()
                .mapToInt(text -> text.ids().length)
                .average()
                .orElseThrow();
    }

    private static Segments segments(Example example) {
        return new Segments(example.text(), example.pair());
    }

    /** Trains two short epochs with a cell's method on another cell's rows, in a temporary folder. */
    private static Pace time(Sweep sweep, Cell rowsOf, Cell cell) {
        DataSpec.Loaded data = sweep.data().of(rowsOf);
        TrainingConfig config = cell.training();
        Dataset train = repeated(data.split().train(), STEPS * config.batchSize());
        Dataset dev = repeated(data.split().dev(), TIMED_DEV);
        Metric metric = data.metrics().get(0);
        Method method = Methods.parse(cell.text());
        TrainingConfig.Builder settings = TrainingConfig.builder(method, metric)
                .batchSize(config.batchSize())
                .maxLength(config.maxLength())
                .padding(config.padding())
                .headStart(config.headStart())
                .epochs(EPOCHS);
        DataSpec.Loaded few = new DataSpec.Loaded(
                new Split(train, dev, Optional.empty(), "a few", false), data.labels(), data.metrics());
        RunSpec spec = new RunSpec(
                sweep.base().name(),
                method,
                Optional.empty(),
                sweep.data().source(rowsOf),
                Optional.empty(),
                settings.build(),
                sweep.base().precision());
        Clock clock = new Clock();
        try {
            Path folder = Files.createTempDirectory("unipelt-estimate");
            try {
                Run.begin(folder, spec)
                        .train(sweep.base(), few, clock, () -> false)
                        .ifPresent(TunedModel::close);
            } finally {
                Store.remove(folder);
            }
        } catch (IOException e) {
            throw new InputException("cannot make a temporary folder: " + e.getMessage(), e);
        }
        double devTokens = dev.size() * tokens(sweep.base(), dev, config.maxLength());
        double trainTokens = train.size() * tokens(sweep.base(), train, config.maxLength());
        if (config.epochs() == 0) {
            // Fitting and evaluation are timed together.
            double each = clock.begin() / (trainTokens + devTokens);
            return new Pace(each, each, 0, Double.NaN);
        }
        return new Pace(
                clock.evaluation() / devTokens,
                Math.max(0, clock.begin() - clock.evaluation()) / trainTokens,
                clock.secondsPerToken(),
                clock.stepMillis());
    }

    private static Dataset repeated(Dataset rows, int count) {
        return rows.subset(IntStream.range(0, count).map(i -> i % rows.size()).toArray());
    }

    private static final class Clock implements TrainingEvent.Listener {
        private final List<Double> perToken = new ArrayList<>();
        private final List<Double> steps = new ArrayList<>();
        private long before = System.nanoTime();
        private double begin;
        private double evaluation;

        @Override
        public void on(TrainingEvent event) {
            double seconds = (System.nanoTime() - before) / 1e9;
            before = System.nanoTime();
            if (event instanceof TrainingEvent.Stepped step) {
                perToken.add(seconds / step.tokens());
                steps.add(seconds * 1000);
            } else if (event instanceof TrainingEvent.Evaluated judged) {
                if (judged.epoch() == 0) {
                    begin = seconds;
                } else {
                    evaluation = seconds;
                }
            }
        }

        /** Until the state that training begins with was evaluated; 0 if it was not. */
        double begin() {
            return begin;
        }

        double evaluation() {
            return evaluation;
        }

        double secondsPerToken() {
            return median(perToken);
        }

        double stepMillis() {
            return median(steps);
        }

        /** The lower one: the first steps warm up. */
        private static double median(List<Double> values) {
            List<Double> sorted = new ArrayList<>(values);
            Collections.sort(sorted);
            return sorted.get((sorted.size() - 1) / 2);
        }
    }
}
