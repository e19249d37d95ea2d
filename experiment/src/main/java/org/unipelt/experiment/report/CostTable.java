package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.hipparchus.stat.descriptive.rank.Median;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Timing;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.Seeds;

/** The cost of methods, like the paper's Table 4: parameters, and times in percent of full fine-tuning. */
final class CostTable {
    private static final String FULL = "full";

    private CostTable() {}

    static ReportTable of(Study study, Optional<Published> published) {
        List<Block> blocks = new ArrayList<>();
        for (String model : study.models()) {
            List<Row> rows = new ArrayList<>();
            for (String method : study.methods()) {
                study.results().stream()
                        .filter(result -> result.failed().isEmpty()
                                && result.run().vary().isEmpty()
                                && result.run().model().equals(model)
                                && result.run().method().equals(method))
                        .findFirst()
                        .ifPresent(any -> rows.add(row(study, model, method, any, published)));
            }
            blocks.add(new Block(study.models().size() > 1 ? model : "", rows));
        }
        List<String> columns = new ArrayList<>(List.of("Parameters", "Share", "Step", "Training", "Predicting"));
        if (published.isPresent()) {
            columns.addAll(List.of("Paper: parameters", "Paper: share", "Paper: training", "Paper: inference"));
        }
        return new ReportTable(
                "cost",
                "Parameters and time",
                "Parameters as the paper counts them (without the head, a prefix as it is saved), and their share of the"
                        + " model's; times in percent of full fine-tuning's: the median over runs of the same setup and"
                        + " seeds, measured while the study ran, so whatever else the machine did is in them. A step and a"
                        + " predicted row compare the methods' work; the whole training also how soon it stopped."
                        + (published.isPresent() ? " The paper's are of BERT-base." : ""),
                "Method",
                columns,
                blocks);
    }

    private static Row row(Study study, String model, String method, Result any, Optional<Published> published) {
        List<Entry> entries = new ArrayList<>(List.of(
                new Entry(count(any.paperParameters()), (double) any.paperParameters(), null, ReportTable.Mark.NONE),
                Entry.number(100.0 * any.paperParameters() / any.backboneParameters(), 2, " %"),
                Entry.number(relative(study, model, method, Timing::stepMillis), 0, " %"),
                Entry.number(relative(study, model, method, Timing::trainSeconds), 0, " %"),
                Entry.number(
                        relative(study, model, method, time -> time.predictSeconds() / time.predictRows()), 0, " %")));
        published.ifPresent(paper -> {
            Optional<Published.Efficiency> printed = paper.efficiency(method);
            entries.add(printed.map(p -> Entry.words(p.parameters())).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.percent(), 2, " %")).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.training(), 0, " %")).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.inference(), 0, " %")).orElse(Entry.none()));
        });
        return new Row(PaperNames.method(method), entries);
    }

    /** Median over runs of a time in percent of full fine-tuning with the same seeds; NaN if unknown. */
    private static double relative(Study study, String model, String method, ToDoubleFunction<Timing> time) {
        List<Double> ratios = new ArrayList<>();
        for (Slice slice : study.slices(model)) {
            for (String task : study.tasks()) {
                Condition condition = slice.condition(task);
                TreeMap<Seeds, Result> full = study.runs(condition, FULL);
                for (Map.Entry<Seeds, Result> run :
                        study.runs(condition, method).entrySet()) {
                    Optional<Timing> ours = study.timing(run.getValue());
                    Optional<Timing> theirs =
                            Optional.ofNullable(full.get(run.getKey())).flatMap(study::timing);
                    if (ours.isPresent() && theirs.isPresent()) {
                        double ratio = 100 * time.applyAsDouble(ours.get()) / time.applyAsDouble(theirs.get());
                        if (Double.isFinite(ratio)) {
                            ratios.add(ratio);
                        }
                    }
                }
            }
        }
        return ratios.isEmpty()
                ? Double.NaN
                : new Median()
                        .evaluate(
                                ratios.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** {@code 895K}, {@code 1.4M}. */
    static String count(long parameters) {
        if (parameters < 1000) {
            return Long.toString(parameters);
        }
        return parameters < 1_000_000
                ? Math.round(parameters / 1e3) + "K"
                : ReportTable.digits(parameters / 1e6, parameters < 10_000_000 ? 1 : 0) + "M";
    }
}
