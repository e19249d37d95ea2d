package org.unipelt.experiment.report;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Timing;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.Study.Seeds;
import org.unipelt.tensor.Rng;
import org.unipelt.training.LearningRate;

/**
 * The methods of a comparison, best first, with a recommendation. The best method is chosen by the test scores
 * themselves, so its score is slightly too high. The distances of the others have intervals.
 *
 * <p>Only methods tuned alike are ranked. If experiments found the learning rates of some methods, methods with an
 * untested rate are listed apart.
 *
 * @param metric name of the metric
 * @param testRows number of test rows
 * @param standings the ranked methods, highest mean first
 * @param apart the methods that are not ranked, highest mean first
 * @param mostFrequent the score of always predicting the most frequent label, times 100; for accuracy only
 */
public record Ranking(
        String metric, int testRows, List<Standing> standings, List<Standing> apart, Optional<Double> mostFrequent) {
    /** Fixed, so that the same results give the same ranking. */
    private static final long BOOTSTRAP_SEED = 2022;

    /**
     * A method in the ranking.
     *
     * @param method its name
     * @param runs number of runs that did not fail
     * @param mean mean test score over runs, times 100
     * @param sd standard deviation over runs; NaN for one run
     * @param behind the distance to the best method; none for the best and for methods that are not ranked
     * @param rate its learning rate; none if it has no steps
     * @param first hash of its first run by seeds
     * @param trained number of trained parameters, without the head
     * @param seconds median training time of a run; none if unknown
     */
    public record Standing(
            String method,
            int runs,
            double mean,
            double sd,
            Optional<Behind> behind,
            Optional<LearningRate> rate,
            String first,
            long trained,
            Optional<Double> seconds) {
        /** Its name in the report, e.g. {@code UniPELT (APL)}. */
        public String title() {
            return PaperNames.method(method);
        }

        /** Its score with the spread over runs. */
        public String score() {
            return digits(mean) + (Double.isNaN(sd) ? "" : " \u00b1 " + digits(sd));
        }

        private boolean isLevel() {
            return behind.isPresent() && !behind.get().isClear();
        }
    }

    /**
     * The distance of a method to the best one.
     *
     * @param mean mean difference over paired runs
     * @param low lower end of the interval
     * @param high upper end of the interval
     */
    public record Behind(double mean, double low, double high) {
        /** Whether 0 is outside the interval. */
        public boolean isClear() {
            return low > 0;
        }

        /** The interval, e.g. {@code -0.4 to 2.1}. */
        public String interval() {
            return digits(low) + " to " + digits(high);
        }
    }

    /** Share of the bootstrap's samples in an interval, in percent. */
    public static int percent() {
        return PairedBootstrap.PERCENT;
    }

    /**
     * The ranking of the finished runs of a comparison.
     *
     * @param rates learning rates by method; methods without steps are absent
     * @throws InputException if no run has ended without failing
     */
    public static Ranking of(Path folder, Map<String, LearningRate> rates) {
        Study study = Study.read(folder);
        List<Result> results = study.results().stream()
                .filter(result -> Study.failure(result).isEmpty())
                .toList();
        if (results.isEmpty()) {
            throw new InputException(folder + ": every run failed: "
                    + Study.failure(study.failed().get(0)).orElseThrow());
        }
        Condition condition = Condition.of(results.get(0).run());
        // Of equal methods the first stays first; distances are measured to it.
        List<String> methods = results.stream()
                .map(result -> result.run().method())
                .distinct()
                .sorted(Comparator.comparing((String method) ->
                                study.scores(condition, method, "test").mean())
                        .reversed())
                .toList();
        boolean someFound = methods.stream()
                .anyMatch(
                        method -> rates.containsKey(method) && rates.get(method).found());
        Predicate<String> ranks = method ->
                !someFound || !rates.containsKey(method) || rates.get(method).found();
        List<String> ranked = methods.stream().filter(ranks).toList();
        return new Ranking(
                results.get(0).metric(),
                results.get(0).test().gold().size(),
                ranked.stream()
                        .map(method -> standing(study, condition, method, Optional.of(ranked.get(0)), rates))
                        .toList(),
                methods.stream()
                        .filter(ranks.negate())
                        .map(method -> standing(study, condition, method, Optional.empty(), rates))
                        .toList(),
                mostFrequent(results.get(0)));
    }

    private static Optional<Double> mostFrequent(Result result) {
        if (!result.metric().equals("accuracy")) {
            return Optional.empty();
        }
        TreeMap<Integer, Integer> counts = new TreeMap<>();
        result.test().gold().forEach(label -> counts.merge(label.intValue(), 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return Optional.of(100.0 * most / result.test().gold().size());
    }

    /** A method in the ranking; without a best method to compare with, it has no distance. */
    private static Standing standing(
            Study study, Condition condition, String method, Optional<String> best, Map<String, LearningRate> rates) {
        NavigableMap<Seeds, Result> runs = study.runs(condition, method);
        Sample scores = study.scores(condition, method, "test");
        List<Double> seconds = runs.values().stream()
                .flatMap(run -> study.timing(run).stream())
                .map(Timing::trainSeconds)
                .sorted()
                .toList();
        return new Standing(
                method,
                runs.size(),
                scores.mean(),
                scores.sd(),
                best.filter(other -> !other.equals(method))
                        .flatMap(other -> behind(study.runs(condition, other), runs, method)),
                Optional.ofNullable(rates.get(method)),
                runs.firstEntry().getValue().run().hash(),
                runs.firstEntry().getValue().paperParameters(),
                seconds.isEmpty() ? Optional.empty() : Optional.of(seconds.get(seconds.size() / 2)));
    }

    private static Optional<Behind> behind(
            NavigableMap<Seeds, Result> best, NavigableMap<Seeds, Result> runs, String method) {
        PairedRuns paired = PairedRuns.of(best, runs);
        if (paired.pairs().isEmpty()) {
            return Optional.empty();
        }
        Interval interval =
                Interval.of(PairedBootstrap.differences(paired.pairs(), Rng.of(BOOTSTRAP_SEED, "ranking " + method)));
        return Optional.of(
                new Behind(Sample.of(paired.differences().values()).mean(), interval.low(), interval.high()));
    }

    /** Which method to take, in one sentence that says how certain that is. */
    public String recommendation() {
        Standing best = standings.get(0);
        String take = "Take " + best.title() + ": its " + metric + " of " + best.score() + " is the highest";
        if (standings.size() == 1) {
            return take + ", but nothing else was " + (apart.isEmpty() ? "tried." : "ranked.");
        }
        List<Standing> level = standings.stream().filter(Standing::isLevel).toList();
        if (level.isEmpty()) {
            Standing next = standings.get(1);
            return take
                    + next.behind()
                            .map(gap -> ", and " + next.title() + ", the next, is clearly behind, by "
                                    + digits(gap.mean()) + " (" + percent() + " % interval " + gap.interval() + ").")
                            .orElse(".");
        }
        Standing near = level.get(0);
        // Of methods that train only the head, one without steps is fastest.
        Standing least = level.stream()
                .min(Comparator.comparing(Standing::trained)
                        .thenComparing(standing -> standing.rate().isPresent()))
                .orElseThrow();
        String lean = least.trained() < best.trained()
                ? "; of these "
                        + (least.trained() > 0
                                ? least.title()
                                : least.rate().isPresent() ? "the head alone" : "the probe")
                        + " trains least"
                : "";
        return take + ", but with " + testRows + " test rows and " + best.runs()
                + (best.runs() == 1 ? " run " : " runs ")
                + PaperNames.listed(level.stream().map(Standing::title).toList())
                + (level.size() == 1 ? " is" : " are") + " not clearly behind (" + near.title() + " by "
                + digits(near.behind().orElseThrow().mean()) + ", " + percent() + " % interval "
                + near.behind().orElseThrow().interval() + ")" + lean + ".";
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.1f", value).replace("-0.0", "0.0");
    }
}
