package org.unipelt.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Progress;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.SweepEvent;
import org.unipelt.training.TrainingEvent;

/** Shows the progress of a sweep: a bar on a terminal, otherwise a line per finished run. */
final class SweepProgress implements SweepEvent.Listener, AutoCloseable {
    private final Console console;
    private final int cells;
    private final double work;
    private final long startedAt = System.nanoTime();
    /** Epochs done by the current runs. */
    private final Map<Cell, Integer> epochs = new HashMap<>();

    private @Nullable ProgressLine bar;
    private int done;
    private double workDone;

    /**
     * Progress of a sweep.
     *
     * @param cells of the grid
     * @param left cells that are not done
     */
    SweepProgress(Console console, int cells, List<Cell> left) {
        this.console = console;
        this.cells = cells;
        this.done = cells - left.size();
        this.work = left.stream().mapToDouble(Progress::work).sum();
    }

    @Override
    public void on(SweepEvent event) {
        if (event instanceof SweepEvent.Began began) {
            begin(began.cell());
        } else if (event instanceof SweepEvent.Trained trained) {
            if (trained.event() instanceof TrainingEvent.Evaluated judged) {
                epochs.put(trained.cell(), judged.epoch());
                draw(
                        trained.cell(),
                        judged.epoch(),
                        String.format(Locale.ROOT, "  %s %.3f", judged.metric(), judged.value()));
            } else if (trained.event() instanceof TrainingEvent.Stepped step
                    && step.epoch() - 1 > epochs.getOrDefault(trained.cell(), -1)) {
                // Without development rows no evaluation marks the end of an epoch.
                epochs.put(trained.cell(), step.epoch() - 1);
                draw(trained.cell(), step.epoch() - 1, "");
            }
        } else if (event instanceof SweepEvent.Ended ended) {
            end(ended.result());
        }
    }

    private void begin(Cell cell) {
        if (console.terminal() && bar == null) {
            bar = new ProgressLine(console, done, cells);
            bar.draw(done + "/" + cells + " runs  " + cell.describe());
        }
    }

    private void draw(Cell cell, int epoch, String judged) {
        if (bar == null) {
            return;
        }
        String front = String.format(Locale.ROOT, "%d/%d runs  ", done, cells);
        String back = String.format(
                Locale.ROOT, "  %d/%d%s  %s left", epoch, cell.training().epochs(), judged, left());
        String name = cell.describe();
        int room = Math.max(8, bar.width() - front.length() - back.length());
        bar.draw(front + (name.length() <= room ? name : name.substring(0, room - 3) + "...") + back);
    }

    private void end(Result result) {
        done++;
        workDone += Progress.work(result.run());
        epochs.remove(result.run());
        if (bar != null) {
            bar.stepTo(done);
            return;
        }
        String outcome = result.failed()
                .map(why -> "failed: " + why)
                .orElseGet(() -> String.format(
                        Locale.ROOT,
                        "%s %.4f%s",
                        result.metric(),
                        Objects.requireNonNull(result.scores().get("test")).get(result.metric()),
                        when(result)));
        console.say(String.format(
                Locale.ROOT, "%d/%d  %s: %s, %s left", done, cells, result.run().describe(), outcome, left()));
    }

    /** Which state was kept; a method without steps has only one. */
    private static String when(Result result) {
        if (result.epochs() == 0) {
            return "";
        }
        return result.bestEpoch() == 0
                ? " at the start, as none of " + result.epochs() + " epochs is better"
                : " in epoch " + result.bestEpoch() + " of " + result.epochs();
    }

    /** Estimated from the finished runs and the done part of the current runs, as if they needed all epochs. */
    private String left() {
        double made = workDone;
        for (Map.Entry<Cell, Integer> run : epochs.entrySet()) {
            made += Progress.work(run.getKey())
                    * run.getValue()
                    / Math.max(1, run.getKey().training().epochs());
        }
        if (made == 0) {
            return "?";
        }
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        return TrainingProgress.clock(Duration.ofSeconds(Math.round(seconds * Math.max(0, work - made) / made)));
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
