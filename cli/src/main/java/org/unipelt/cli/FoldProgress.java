package org.unipelt.cli;

import java.util.Map;
import org.unipelt.metric.Evaluation;
import org.unipelt.run.CrossValidation;
import org.unipelt.training.TrainingEvent;

/** Shows the progress of a cross-validation: a line per fold, on a terminal with a bar while it trains. */
final class FoldProgress implements CrossValidation.Progress, AutoCloseable {
    private final Console console;
    private TrainingProgress bar;

    FoldProgress(Console console) {
        this.console = console;
        this.bar = new TrainingProgress(console, "");
    }

    @Override
    public TrainingEvent.Listener fold(int number, int count) {
        bar = new TrainingProgress(console, name(number, count));
        return event -> {
            // Only the steps: the fold's line is its result.
            if (event instanceof TrainingEvent.Started || event instanceof TrainingEvent.Stepped) {
                bar.on(event);
            }
        };
    }

    private static String name(int number, int count) {
        return "fold " + number + "/" + count;
    }

    @Override
    public void scored(int number, int count, int train, Evaluation scores) {
        bar.close();
        Map.Entry<String, Double> main = scores.metrics().entrySet().iterator().next();
        console.say(name(number, count) + "  " + train + " rows trained, " + scores.examples() + " held out: "
                + main.getKey() + " " + Metrics.number(main.getValue()));
    }

    @Override
    public void close() {
        bar.close();
    }
}
