package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.Study.Seeds;

/**
 * The paired runs of two methods under one condition: runs with the same seeds.
 *
 * @param differences of test scores, ours minus theirs, by seeds
 * @param pairs predictions of the same runs
 */
record PairedRuns(Map<Seeds, Double> differences, List<PairedBootstrap.Pair> pairs) {
    static PairedRuns of(Map<Seeds, Result> ours, Map<Seeds, Result> theirs) {
        Map<Seeds, Double> differences = new TreeMap<>();
        List<PairedBootstrap.Pair> pairs = new ArrayList<>();
        ours.forEach((seeds, run) -> {
            Result other = theirs.get(seeds);
            if (other != null) {
                differences.put(seeds, Study.score(run) - Study.score(other));
                pairs.add(new PairedBootstrap.Pair(Predictions.of(run), Predictions.of(other)));
            }
        });
        return new PairedRuns(differences, pairs);
    }
}
