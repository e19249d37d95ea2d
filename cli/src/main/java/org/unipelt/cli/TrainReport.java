package org.unipelt.cli;

import java.util.Optional;
import org.unipelt.data.Dataset;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.RankingScore;
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
 * @param entities the labels of names, if the model finds names in texts and rows judge it
 */
record TrainReport(
        Run run,
        TunedModel model,
        Optional<ClassReport> classes,
        Optional<LabelReport> labels,
        Optional<RankingReport> ranking,
        Optional<EntityReport> entities) {
    /** The most classes or labels to print. */
    private static final int MOST_CLASSES = 10;

    /** The report on a training with these rows, on its test rows or else on its development rows. */
    static TrainReport of(Run run, DataSpec.Loaded rows, TunedModel model) {
        Optional<Evaluation> evaluation = run.evaluation();
        Dataset judged = rows.split().test().orElse(rows.split().dev());
        return new TrainReport(
                run,
                model,
                evaluation.flatMap(each -> ClassReport.of(each, judged)),
                evaluation.flatMap(LabelReport::of),
                evaluation.flatMap(each -> RankingReport.of(model.card(), each, judged, RankingScore.USUAL)),
                evaluation.flatMap(EntityReport::of));
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
                labels.map(LabelReport::labels),
                model.card().heldOut().folds().map(FoldReport::of),
                model.card().heldOut().temperature(),
                entities.map(EntityReport::entities));
    }

    /** Prints it. */
    void print(Console console) {
        Optional<FoldReport> folds = model.card().heldOut().folds().map(FoldReport::of);
        folds.ifPresent(each -> each.print(console));
        if (model.card().metrics().isEmpty() && folds.isEmpty()) {
            console.printSentence(
                    "All rows were used for training, so there are no scores; evaluate the model on other rows.");
        } else if (!model.card().metrics().isEmpty()) {
            folds.ifPresent(each -> console.print(""));
            Metrics.print(console, model.card().metrics());
            classes.ifPresent(each -> each.print(console, MOST_CLASSES));
            labels.ifPresent(each -> each.print(console, MOST_CLASSES));
            ranking.ifPresent(each -> each.printChance(console));
            entities.ifPresent(each -> each.print(console, MOST_CLASSES));
        }
        CalibrationReport.of(run, model).ifPresent(sentence -> {
            console.print("");
            console.printSentence(sentence);
        });
        if (model.labels().kind() == LabelKind.MULTI && !model.card().metrics().containsKey("dev")) {
            console.print("");
            console.printSentence(
                    "Every label has the threshold 0.5, because all rows trained; --dev FILE or --keep best"
                            + " chooses thresholds on rows that did not.");
        }
    }
}
