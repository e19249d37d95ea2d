package org.unipelt.experiment.report;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
 * The methods of a comparison on one's own data, the best first, and what follows from it. The best is chosen by the test
 * scores themselves, so its own score flatters it a little; how far the others are behind is told with its uncertainty.
 *
 * <p>Only what was tuned alike is ranked: where an experiment found the learning rates of some methods, those that trained
 * at a rate which nobody tried out stand apart.
 *
 * @param metric by which they stand, as text
 * @param testRows rows that judged every run
 * @param standings the methods, the highest mean first
 * @param apart methods that are not ranked, the highest mean first
 * @param mostFrequent the score of always predicting the most frequent label, times 100; of accuracy alone
 */
public record Ranking(
        String metric, int testRows, List<Standing> standings, List<Standing> apart, Optional<Double> mostFrequent) {
    /** A number of the bootstrap's own, so that the same results give the same ranking. */
    private static final long BOOTSTRAP_SEED = 2022;

    /**
     * A method's place.
     *
     * @param method its name
     * @param runs that did not fail
     * @param mean of the test score over runs, times 100
     * @param sd of the same; NaN of one run
     * @param behind how far it is behind the best one; none of the best one itself, and of one that is not ranked
     * @param rate the learning rate that it trained at; none if it has no steps
     * @param first the hash of its first run by seeds
     * @param trained numbers that it trains, without the head
     * @param seconds that a run's training took, median; none if not known
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
        /** Its name as the report has it, e.g. {@code UniPELT (APL)}. */
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
     * How far a method is behind the best one.
     *
     * @param mean of the differences over the runs that both have
     * @param low the lower end of the interval
     * @param high its upper end
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

    /** The share of the bootstrap's samples within an interval, in percent. */
    public static int percent() {
        return PairedBootstrap.PERCENT;
    }

    /**
     * The ranking of what a comparison left, as far as it has come.
     *
     * @param rates the learning rates that methods trained at, by their names; a method without steps has none
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
        // Of equal ones the first stays first, and is the one that the others are measured against.
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

    /** A method's place; without one to be measured against it has none but its scores. */
    private static Standing standing(
            Study study, Condition condition, String method, Optional<String> best, Map<String, LearningRate> rates) {
        TreeMap<Seeds, Result> runs = study.runs(condition, method);
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

    private static Optional<Behind> behind(TreeMap<Seeds, Result> best, TreeMap<Seeds, Result> runs, String method) {
        PairedRuns paired = PairedRuns.of(best, runs);
        if (paired.pairs().isEmpty()) {
            return Optional.empty();
        }
        Interval interval =
                Interval.of(PairedBootstrap.differences(paired.pairs(), Rng.of(BOOTSTRAP_SEED, "ranking " + method)));
        return Optional.of(
                new Behind(Sample.of(paired.differences().values()).mean(), interval.low(), interval.high()));
    }

    /** Which method to take, in one sentence that says how sure that is. */
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
        // Among those that train the head alone, one without steps is done at once.
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
