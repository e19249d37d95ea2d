package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.Study.Seeds;
import org.unipelt.tensor.Rng;

/**
 * A combination against the best of its sub-modules under one condition. The best has the highest mean test score;
 * because that is known only afterwards, the comparison favours it.
 *
 * @param combination the combination
 * @param condition model, task and size
 * @param best the sub-module with the highest mean
 * @param differences of test scores, combination minus best, for seeds that both have
 * @param samples of the mean difference, from {@link PairedBootstrap}
 */
record Comparison(
        Combination combination, Condition condition, String best, Map<Seeds, Double> differences, double[] samples) {
    /** Fixed, so that the same results give the same report to the byte. */
    private static final long BOOTSTRAP_SEED = 2022;

    /** The comparison; none if results or common seeds are missing. */
    static Optional<Comparison> of(Study study, Combination combination, Condition condition) {
        NavigableMap<Seeds, Result> ours = study.runs(condition, combination.method());
        return combination.submodules().stream()
                .filter(single -> !study.runs(condition, single).isEmpty())
                .max(Comparator.comparing(
                        single -> study.scores(condition, single, "test").mean()))
                .filter(best -> ours.keySet().stream().anyMatch(study.runs(condition, best)::containsKey))
                .map(best -> {
                    PairedRuns paired = PairedRuns.of(ours, study.runs(condition, best));
                    String name = String.join(
                            " ",
                            condition.model(),
                            condition.task(),
                            Condition.title(condition.samples()),
                            combination.method(),
                            best);
                    return new Comparison(
                            combination,
                            condition,
                            best,
                            paired.differences(),
                            PairedBootstrap.differences(paired.pairs(), Rng.of(BOOTSTRAP_SEED, name)));
                });
    }

    /** All comparisons, by model, size, combination and task. */
    static List<Comparison> all(Study study) {
        record Wanted(Combination combination, Condition condition) {}
        List<Wanted> wanted = new ArrayList<>();
        for (Slice slice : study.slices()) {
            for (Combination combination : Combination.of(study, slice)) {
                study.tasks().forEach(task -> wanted.add(new Wanted(combination, slice.condition(task))));
            }
        }
        // Each comparison has its own random numbers, so their order does not matter.
        return wanted.parallelStream()
                .map(each -> of(study, each.combination(), each.condition()))
                .flatMap(Optional::stream)
                .toList();
    }

    double mean() {
        return Sample.of(differences.values()).mean();
    }

    Interval interval() {
        return Interval.of(samples);
    }
}
