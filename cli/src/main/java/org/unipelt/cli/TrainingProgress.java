package org.unipelt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.unipelt.training.TrainingEvent;

/**
 * Shows the progress of a training: a line per epoch, on a terminal with a bar below; without a terminal at least a
 * line every half minute.
 */
final class TrainingProgress implements TrainingEvent.Listener, AutoCloseable {
    private static final int WIDEST = 79;
    private static final int BAR = 20;
    private static final int NARROWEST_BAR = 4;
    /** Lowest to highest. */
    private static final String LEVELS = "▁▂▃▄▅▆▇█";

    private static final int EPOCHS_DRAWN = 16;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

    private final Console console;
    private final String name;
    private @Nullable ProgressLine bar;

    @SuppressWarnings("NullAway.Init") // A training begins with this event.
    private TrainingEvent.Started started;

    private long startedAt;
    private long saidAt;
    private long examples;
    private long step;
    private double loss = Double.NaN;
    private double metric = Double.NaN;
    private int epoch = 1;
    private final List<Double> scores = new ArrayList<>();

    /**
     * The progress of one training.
     *
     * @param name starts every line; may be empty
     */
    TrainingProgress(Console console, String name) {
        this.console = console;
        this.name = name.isEmpty() ? "" : name + "  ";
    }

    @Override
    public void on(TrainingEvent event) {
        if (event instanceof TrainingEvent.Started begin) {
            start(begin);
        } else if (event instanceof TrainingEvent.Resumed resumed && !resumed.checked()) {
            console.say(name
                    + "the saved state has no checksum, as earlier versions wrote it: damage to it cannot be seen");
        } else if (event instanceof TrainingEvent.Remarked remarked) {
            leave(remarked.sentence());
        } else if (event instanceof TrainingEvent.Begun begun) {
            begun(begun);
        } else if (event instanceof TrainingEvent.Stepped made) {
            step(made);
        } else if (event instanceof TrainingEvent.Evaluated judged) {
            evaluated(judged);
        } else if (event instanceof TrainingEvent.Finished end) {
            finished(end);
        }
    }

    private void start(TrainingEvent.Started begin) {
        started = begin;
        step = begin.step();
        startedAt = System.nanoTime();
        saidAt = startedAt;
        if (console.terminal()) {
            bar = new ProgressLine(console, begin.step(), begin.steps());
        } else if (begin.step() > 0) {
            console.say(name + "continues after step " + begin.step());
        }
    }

    private void begun(TrainingEvent.Begun begun) {
        if (!begun.atProbe()) {
            console.say(String.format(
                    Locale.ROOT,
                    "%sthe head begins at random: a linear probe explains %.0f %% of the loss",
                    name,
                    100 * begun.explained()));
        }
    }

    private void step(TrainingEvent.Stepped made) {
        step = made.step();
        epoch = made.epoch();
        examples += made.examples();
        loss = Double.isNaN(loss) ? made.loss() : 0.9 * loss + 0.1 * made.loss();
        if (bar != null) {
            bar.draw(line(bar));
            bar.stepTo(step);
        } else if (System.nanoTime() - saidAt > BETWEEN_LINES.toNanos()) {
            say(String.format(Locale.ROOT, "step %,d/%,d, loss %.3f", step, started.steps(), loss));
        }
    }

    private void evaluated(TrainingEvent.Evaluated judged) {
        metric = judged.value();
        scores.add(metric);
        String score = judged.metric() + " " + score(metric) + (judged.best() ? " (best)" : "");
        String dev = String.format(Locale.ROOT, "dev loss %.3f, ", judged.devLoss());
        if (judged.epoch() == 0) {
            leave("before the first step: " + dev + score);
        } else if (bar == null) {
            say(String.format(Locale.ROOT, "loss %.3f, %s%s", judged.meanLoss(), dev, score));
        } else {
            String line = String.format(
                    Locale.ROOT,
                    "epoch %d/%d: loss %.3f, %s%-" + (judged.metric().length() + " 0.0000 (best)".length()) + "s ",
                    judged.epoch(),
                    started.epochs(),
                    judged.meanLoss(),
                    dev,
                    score);
            leave(line + sparkline(bar.width() - name.length() - line.length()));
        }
    }

    /** A line that stays. */
    private void leave(String line) {
        if (bar == null) {
            console.say(name + line);
        } else {
            bar.leave(name + line);
            bar.draw(line(bar));
        }
    }

    /**
     * The scores of the last epochs between the lowest and the highest so far.
     *
     * @param room the characters that fit
     */
    private String sparkline(int room) {
        double lowest = scores.stream()
                .filter(Double::isFinite)
                .mapToDouble(d -> d)
                .min()
                .orElse(0);
        double highest = scores.stream()
                .filter(Double::isFinite)
                .mapToDouble(d -> d)
                .max()
                .orElse(0);
        return scores.stream()
                .skip(Math.max(0, scores.size() - Math.max(0, Math.min(EPOCHS_DRAWN, room))))
                .map(score -> Double.isFinite(score)
                        ? LEVELS.charAt(
                                highest == lowest
                                        ? 0
                                        : (int) Math.round(
                                                (LEVELS.length() - 1) * (score - lowest) / (highest - lowest)))
                        : ' ')
                .map(String::valueOf)
                .collect(Collectors.joining());
    }

    private void say(String what) {
        saidAt = System.nanoTime();
        console.say(String.format(
                Locale.ROOT,
                "%sepoch %d/%d: %s, %.0f rows/s, at most %s left",
                name,
                epoch,
                started.epochs(),
                what,
                speed(),
                left()));
    }

    private void finished(TrainingEvent.Finished end) {
        close();
        console.say(name + kept(end)
                + (end.reason().equals("patience") ? " (stopped: no more gain)" : "")
                + ", " + clock(elapsed()));
    }

    private static String kept(TrainingEvent.Finished end) {
        if (end.epoch() == 0) {
            return "fitted"
                    + (Double.isNaN(end.best())
                            ? ""
                            : String.format(Locale.ROOT, ", %s %.4f", end.metric(), end.best()));
        }
        if (Double.isNaN(end.best())) {
            return "trained " + end.epoch() + (end.epoch() == 1 ? " epoch" : " epochs");
        }
        String epoch = end.bestEpoch() == 0
                ? "the start, as none of " + end.epoch() + " epochs is better"
                : "epoch " + end.bestEpoch() + " of " + end.epoch();
        return String.format(Locale.ROOT, "keeps %s, %s %.4f", epoch, end.metric(), end.best());
    }

    /** How far the run is, and as much of the rest as fits. */
    private String line(ProgressLine bar) {
        int room = Math.min(WIDEST, bar.width());
        String front = String.format(Locale.ROOT, "%sstep %d/%d ", name, step, started.steps());
        StringBuilder back = new StringBuilder();
        for (String part : List.of(
                left() + " left",
                String.format(Locale.ROOT, "epoch %d/%d", epoch, started.epochs()),
                started.metric() + " " + number(metric),
                "loss " + number(loss),
                String.format(Locale.ROOT, "%.0f/s", speed()))) {
            if (front.length() + NARROWEST_BAR + 2 + back.length() + 2 + part.length() <= room) {
                back.append("  ").append(part);
            }
        }
        int width = Math.max(NARROWEST_BAR, Math.min(BAR, room - front.length() - back.length() - 2));
        int full = (int) (width * step / Math.max(1, started.steps()));
        return front + "[" + "#".repeat(full) + ".".repeat(width - full) + "]" + back;
    }

    /** A metric's value; a correlation of constant predictions or labels is undefined. */
    private static String score(double value) {
        return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    private double speed() {
        return examples * 1e9 / Math.max(1, elapsed().toNanos());
    }

    /** The time left if all epochs are needed. */
    private String left() {
        long made = step - started.step();
        return made == 0
                ? "?"
                : clock(elapsed().multipliedBy(started.steps() - step).dividedBy(made));
    }

    static String clock(Duration time) {
        return time.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", time.toMinutesPart(), time.toSecondsPart());
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
