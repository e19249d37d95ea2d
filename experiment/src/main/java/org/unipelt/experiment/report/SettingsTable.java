package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.method.Methods;
import org.unipelt.training.TrainingConfig.HeadStart;

/**
 * The settings that the best recipe chose for each method. The paper's recipe needs no table: its settings are in the
 * paper and the spec.
 */
final class SettingsTable {
    private SettingsTable() {}

    /** The table; none if no run used the best recipe. */
    static Optional<ReportTable> of(Study study) {
        List<Block> blocks = new ArrayList<>();
        for (Slice slice : study.slices()) {
            List<Row> rows = study.methods(slice).stream()
                    .flatMap(method -> row(study, slice, method).stream())
                    .toList();
            if (!rows.isEmpty()) {
                blocks.add(new Block(study.title(slice), rows));
            }
        }
        return blocks.isEmpty()
                ? Optional.empty()
                : Optional.of(new ReportTable(
                        "settings",
                        "Settings",
                        "What the best recipe chose: the learning rate by method and base model, the epochs by the number"
                                + " of rows. The linear probe has no steps, and so neither of them.",
                        "Method",
                        List.of("Learning rate", "Epochs"),
                        blocks));
    }

    private static Optional<Row> row(Study study, Slice slice, String method) {
        List<Cell> runs = study.results().stream()
                .map(Result::run)
                .filter(run -> Condition.of(run).slice().equals(slice)
                        && run.method().equals(method)
                        && run.vary().isEmpty()
                        && run.training().headStart() != HeadStart.RANDOM)
                .toList();
        if (runs.isEmpty()) {
            return Optional.empty();
        }
        boolean steps = Methods.parse(runs.get(0).text()).trainsBySteps();
        return Optional.of(new Row(
                PaperNames.method(method),
                List.of(
                        steps ? distinct(runs, run -> run.training().learningRate()) : Entry.none(),
                        steps ? distinct(runs, run -> run.training().epochs()) : Entry.none())));
    }

    private static Entry distinct(List<Cell> runs, Function<Cell, Number> value) {
        return Entry.words(
                runs.stream().map(value).distinct().map(Object::toString).collect(Collectors.joining(", ")));
    }
}
