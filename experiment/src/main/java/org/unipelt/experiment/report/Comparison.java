package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.Study.Seeds;
import org.unipelt.tensor.Rng;

/**
 * A combination against the best of its sub-modules on one setup, the best being the one with the highest mean test score
 * there. As it is chosen after the fact, the comparison favours it.
 *
 * @param combination what is compared
 * @param condition on what
 * @param best the sub-module with the highest mean
 * @param differences of the test scores, combination minus best, by seeds that both have
 * @param samples of their mean, as {@link PairedBootstrap} draws them
 */
record Comparison(
        Combination combination, Condition condition, String best, Map<Seeds, Double> differences, double[] samples) {
    /** A number of the bootstrap's own, so that the report of the same results is the same to the byte. */
    private static final long BOOTSTRAP_SEED = 2022;

    /** Compares; nothing if the combination or all its sub-modules have no results there, or no seeds in common. */
    static Optional<Comparison> of(Study study, Combination combination, Condition condition) {
        TreeMap<Seeds, Result> ours = study.runs(condition, combination.method());
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

    /** Every comparison of the study, by model, size, combination and task. */
    static List<Comparison> all(Study study) {
        record Wanted(Combination combination, Condition condition) {}
        List<Wanted> wanted = new ArrayList<>();
        for (Slice slice : study.slices()) {
            for (Combination combination : Combination.of(study, slice)) {
                study.tasks().forEach(task -> wanted.add(new Wanted(combination, slice.condition(task))));
            }
        }
        // Each draws its own random numbers, so that the order of computing is nothing to the result.
        return wanted.parallelStream()
                .map(each -> of(study, each.combination(), each.condition()))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The mean of the differences. */
    double mean() {
        return Sample.of(differences.values()).mean();
    }

    Interval interval() {
        return Interval.of(samples);
    }
}
