package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.hipparchus.stat.descriptive.rank.Median;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Timing;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.Seeds;

/**
 * The cost of methods: parameters and times; like the paper's Table 4 also in percent of full fine-tuning, if that ran.
 */
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
        boolean relative = study.methods().contains(FULL);
        List<String> columns = new ArrayList<>(List.of("Parameters", "Share", "Step", "Training", "Predicting a row"));
        if (relative) {
            columns.addAll(List.of("Step, relative", "Training, relative", "Predicting, relative"));
        }
        if (published.isPresent()) {
            columns.addAll(List.of("Paper: parameters", "Paper: share", "Paper: training", "Paper: inference"));
        }
        return new ReportTable(
                "cost",
                "Parameters and time",
                (published.isPresent()
                                ? "Parameters as the paper counts them (without the head, a prefix as it is saved), and"
                                        + " their share of the model's; "
                                : "Parameters without the head, a prefix as it is saved, and their share of the model's; ")
                        + "times are medians over a method's runs, measured while the study ran, so whatever else the machine"
                        + " did is in them. A step and a predicted row compare the methods' work; the whole training also"
                        + " how soon it stopped."
                        + (relative
                                ? " Relative times are in percent of full fine-tuning's, with the same setup and seeds."
                                : "")
                        + (published.isPresent() ? " The paper's are of BERT-base." : ""),
                "Method",
                columns,
                blocks);
    }

    private static Row row(Study study, String model, String method, Result any, Optional<Published> published) {
        List<Entry> entries = new ArrayList<>(List.of(
                new Entry(count(any.paperParameters()), (double) any.paperParameters(), null, ReportTable.Mark.NONE),
                Entry.number(100.0 * any.paperParameters() / any.backboneParameters(), 2, " %"),
                time(median(absolute(study, model, method, time -> time.stepMillis() / 1e3))),
                time(median(absolute(study, model, method, Timing::trainSeconds))),
                time(median(absolute(study, model, method, CostTable::predicting)))));
        if (study.methods().contains(FULL)) {
            entries.add(Entry.number(relative(study, model, method, Timing::stepMillis), 0, " %"));
            entries.add(Entry.number(relative(study, model, method, Timing::trainSeconds), 0, " %"));
            entries.add(Entry.number(relative(study, model, method, CostTable::predicting), 0, " %"));
        }
        published.ifPresent(paper -> {
            Optional<Published.Efficiency> printed = paper.efficiency(method);
            entries.add(printed.map(p -> Entry.words(p.parameters())).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.percent(), 2, " %")).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.training(), 0, " %")).orElse(Entry.none()));
            entries.add(printed.map(p -> Entry.number(p.inference(), 0, " %")).orElse(Entry.none()));
        });
        return new Row(PaperNames.method(method), entries);
    }

    private static double predicting(Timing time) {
        return time.predictSeconds() / time.predictRows();
    }

    /** A time in the unit that suits it; its value is in seconds. */
    static Entry time(double seconds) {
        if (!Double.isFinite(seconds)) {
            return Entry.none();
        }
        String text = seconds < 1
                ? ReportTable.digits(seconds * 1e3, seconds < 0.01 ? 2 : seconds < 0.1 ? 1 : 0) + " ms"
                : seconds < 120 ? ReportTable.digits(seconds, seconds < 10 ? 1 : 0) + " s" : minutes(seconds);
        return new Entry(text, seconds, null, ReportTable.Mark.NONE);
    }

    private static String minutes(double seconds) {
        return seconds < 7200
                ? ReportTable.digits(seconds / 60, 0) + " min"
                : ReportTable.digits(seconds / 3600, 1) + " h";
    }

    /** The times of a method's runs on a model. */
    private static List<Double> absolute(Study study, String model, String method, ToDoubleFunction<Timing> time) {
        return study.slices(model).stream()
                .flatMap(slice -> study.tasks().stream().map(slice::condition))
                .flatMap(condition -> study.runs(condition, method).values().stream())
                .flatMap(run -> study.timing(run).stream())
                .map(time::applyAsDouble)
                .filter(Double::isFinite)
                .toList();
    }

    private static double median(List<Double> values) {
        return values.isEmpty()
                ? Double.NaN
                : new Median()
                        .evaluate(
                                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Median over runs of a time in percent of full fine-tuning with the same seeds; NaN if unknown. */
    private static double relative(Study study, String model, String method, ToDoubleFunction<Timing> time) {
        List<Double> ratios = new ArrayList<>();
        for (Slice slice : study.slices(model)) {
            for (String task : study.tasks()) {
                Condition condition = slice.condition(task);
                NavigableMap<Seeds, Result> full = study.runs(condition, FULL);
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
        return median(ratios);
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
