package org.unipelt.cli;

import java.util.Optional;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.run.Run;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * What {@code train} says of a finished training: scores, and how well the model does on each class or label.
 *
 * @param run the training
 * @param model what it gave
 * @param classes the classes, if the labels are classes and rows judge the model
 * @param labels the labels, if a row has several and rows judge the model
 * @param ranking the queries, if the model ranks and rows judge it
 */
record TrainReport(
        Run run,
        TunedModel model,
        Optional<ClassReport> classes,
        Optional<LabelReport> labels,
        Optional<RankingReport> ranking) {
    /** The most classes or labels to print. */
    private static final int MOST_CLASSES = 10;

    /** The report on a training with these rows. */
    static TrainReport of(Run run, DataSpec.Loaded rows, TunedModel model) {
        return new TrainReport(
                run, model, ClassReport.of(run, rows), LabelReport.of(run), RankingReport.of(model.card(), run, rows));
    }

    /** The same for programs. */
    TrainResult result(long trained, Profile data, TrainingEvent.Finished end) {
        return new TrainResult(
                run.folder().toString(),
                model.card().base().name(),
                model.card().method().toString(),
                trained,
                data,
                true,
                end.epoch(),
                end.bestEpoch(),
                end.reason(),
                model.card().metrics(),
                Metrics.signature(model.card().metrics()),
                classes.map(ClassReport::classes),
                labels.map(LabelReport::labels));
    }

    /** Prints it. */
    void print(Console console) {
        if (model.card().metrics().isEmpty()) {
            console.printSentence(
                    "All rows were used for training, so there are no scores; evaluate the model on other rows.");
        } else {
            Metrics.print(console, model.card().metrics());
            classes.ifPresent(each -> each.print(console, MOST_CLASSES));
            labels.ifPresent(each -> each.print(console, MOST_CLASSES));
            ranking.ifPresent(each -> each.printChance(console));
        }
        if (model.labels().kind() == LabelKind.MULTI && !model.card().metrics().containsKey("dev")) {
            console.print("");
            console.printSentence(
                    "Every label has the threshold 0.5, because all rows trained; --dev FILE or --keep best"
                            + " chooses thresholds on rows that did not.");
        }
    }
}
