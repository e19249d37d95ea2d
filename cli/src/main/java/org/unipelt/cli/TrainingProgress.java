package org.unipelt.cli;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.unipelt.training.TrainingEvent;

/**
 * Shows the progress of a training: a bar on a terminal, otherwise a line per epoch and at least one every half minute.
 */
final class TrainingProgress implements TrainingEvent.Listener, AutoCloseable {
    private static final int WIDTH = 79;
    private static final int BAR = 20;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

    private final Console console;
    private final String name;
    private ProgressBar bar;
    private TrainingEvent.Started started;
    private long startedAt;
    private long saidAt;
    private long examples;
    private long step;
    private double loss = Double.NaN;
    private double metric = Double.NaN;
    private int epoch = 1;
    /** The text of the bar. Its own thread draws it and must not wait. */
    private volatile String drawn = "";

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
            bar = new ProgressBarBuilder()
                    .setInitialMax(begin.steps())
                    .startsFrom(begin.step(), Duration.ZERO)
                    .setUpdateIntervalMillis(250)
                    .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH) {
                        // After a very short training the bar does not end its line; the other close does.
                        @Override
                        public void close() {}
                    })
                    .setRenderer((state, width) -> drawn)
                    .build();
        } else if (begin.step() > 0) {
            console.say(name + "goes on after step " + begin.step());
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
            drawn = line();
            bar.stepTo(step);
        } else if (System.nanoTime() - saidAt > BETWEEN_LINES.toNanos()) {
            say(String.format(Locale.ROOT, "step %,d/%,d, loss %.3f", step, started.steps(), loss));
        }
    }

    private void evaluated(TrainingEvent.Evaluated judged) {
        metric = judged.value();
        if (judged.epoch() == 0) {
            drawn = line();
            if (bar == null) {
                console.say(name + "before the first step: " + judged.metric() + " " + score(judged.value()));
            }
        } else if (bar == null) {
            say(String.format(
                    Locale.ROOT,
                    "loss %.3f, %s %s%s",
                    judged.meanLoss(),
                    judged.metric(),
                    score(judged.value()),
                    judged.best() ? " (best)" : ""));
        }
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

    private String line() {
        String front = String.format(Locale.ROOT, "%sepoch %d/%d ", name, epoch, started.epochs());
        String back = String.format(
                Locale.ROOT,
                "  loss %s  %s %s  %.0f/s  %s left",
                number(loss),
                started.metric(),
                number(metric),
                speed(),
                left());
        int width = Math.max(4, Math.min(BAR, WIDTH - front.length() - back.length() - 2));
        int full = (int) (width * step / Math.max(1, started.steps()));
        String line = front + "[" + "#".repeat(full) + ".".repeat(width - full) + "]" + back;
        // Pad to the width of the line below it.
        return line + " ".repeat(Math.max(0, WIDTH - line.length()));
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
            console.err().println();
            bar = null;
        }
    }
}
