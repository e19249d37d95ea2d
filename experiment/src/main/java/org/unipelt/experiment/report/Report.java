package org.unipelt.experiment.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.training.TrainingConfig;

/** The report of a study, in several formats. */
public final class Report {
    /** The format of a report. */
    public enum Format {
        /** One page with tables and charts. */
        HTML(report -> report.page().get()),
        /** The tables as GitHub's Markdown. */
        MARKDOWN(report -> TableText.markdown(report.heading(), report.tables())),
        /** One line per entry of every table. */
        CSV(report -> TableText.csv(report.tables())),
        /** The tables as one JSON object. */
        JSON(report -> TableText.json(report.heading(), report.tables()));

        private final Function<Contents, String> write;

        Format(Function<Contents, String> write) {
            this.write = write;
        }

        /**
         * The format by name, e.g. {@code markdown}.
         *
         * @throws InputException if there is none; suggests the nearest
         */
        public static Format named(String name) {
            return Words.constant(Format.class, "format", name);
        }

        String text(Contents report) {
            return write.apply(report);
        }

        /** Its name on the command line. */
        public String text() {
            return Words.of(this);
        }
    }

    private final Study study;
    private final Optional<Published> published;
    private final List<Comparison> comparisons;
    private final Summary opening;
    private final List<ReportTable> tables;

    private Report(Study study) {
        this.study = study;
        this.published = Published.of(study);
        this.comparisons = Comparison.all(study);
        this.opening = new Summary(study, comparisons);
        List<ReportTable> all = new ArrayList<>();
        all.add(ScoreTables.of(study, "test"));
        if (study.results().stream().anyMatch(result -> result.scores().containsKey("dev"))) {
            all.add(ScoreTables.of(study, "dev"));
        }
        all.add(ComparisonTables.ranks(study));
        if (!comparisons.isEmpty()) {
            all.add(ComparisonTables.upperBounds(study, comparisons, published));
            all.add(ComparisonTables.differences(study, comparisons));
            all.add(ComparisonTables.tests(study, comparisons));
        }
        all.add(CostTable.of(study, published));
        SettingsTable.of(study).ifPresent(all::add);
        VariedTable.of(study).ifPresent(all::add);
        GateStatistics.table(study).ifPresent(all::add);
        published.flatMap(paper -> ScoreTables.besidePaper(study, paper)).ifPresent(all::add);
        this.tables = List.copyOf(all);
    }

    /**
     * Reads the results of a sweep and computes its report.
     *
     * @param path folder of the sweep, or a zip of it (see {@link org.unipelt.experiment.StoredStudy})
     * @throws InputException if it holds no results, or a damaged one
     */
    public static Report of(Path path) {
        return new Report(Study.read(path));
    }

    static Report of(Study study) {
        return new Report(study);
    }

    Study study() {
        return study;
    }

    /** The paper's numbers, if the study has a task of the paper. */
    Optional<Published> published() {
        return published;
    }

    List<Comparison> comparisons() {
        return comparisons;
    }

    Summary opening() {
        return opening;
    }

    List<ReportTable> tables() {
        return tables;
    }

    Optional<ReportTable> table(String id) {
        return tables.stream().filter(table -> table.id().equals(id)).findFirst();
    }

    /** Number of runs that have ended, failed ones included. */
    public int runs() {
        return study.results().size();
    }

    /** Number of runs that failed. */
    public int failed() {
        return study.failed().size();
    }

    /** Number of runs of the grid without a result. */
    public int missing() {
        return study.missing().size();
    }

    /** Title and summary. */
    List<String> heading() {
        List<String> lines = new ArrayList<>(List.of(opening.title(), opening.run()));
        lines.addAll(opening.found());
        return lines;
    }

    /** The methods section, in paragraphs. */
    List<String> method() {
        return List.of(
                "Scores are the metric that steered each run's training, on the test rows, times 100; where a metric is"
                        + " undefined, as a correlation of predictions that are all the same, it counts as 0. Spreads over"
                        + " seeds are standard deviations with n \u2212 1.",
                "Intervals are of a paired bootstrap: " + PairedBootstrap.SAMPLES
                        + " times, test rows are drawn with replacement, the same for both methods and all seeds, then seeds"
                        + " are drawn with replacement, and the difference of the two methods' means is taken; the interval"
                        + " holds the middle " + PairedBootstrap.PERCENT
                        + " %. With few seeds such intervals are somewhat too narrow. The random numbers are those of the"
                        + " comparison's name, so the same results give the same report.",
                "Tests are Wilcoxon's signed-rank test, two-sided: exact for " + SignedRank.EXACT
                        + " pairs or fewer without ties, else by the normal distribution; pairs without a difference are"
                        + " left out. Adjusted p are Holm's.",
                kept() + " The best single method of a task is chosen by the"
                        + " test scores themselves, which makes the upper bound a little too high, and so the comparison"
                        + " strict on the combination.");
    }

    /** Says which state runs keep: the last, or the one with the best development score. */
    boolean keepsLast() {
        return study.results().stream()
                .anyMatch(result -> result.run().training().keep() == TrainingConfig.Keep.LAST);
    }

    private String kept() {
        return keepsLast()
                ? "A run keeps its last state; without a development file all rows but the test rows train."
                : "A run keeps the state of its best development score.";
    }

    /** The whole report as text. */
    public String text(Format format) {
        return format.text(contents());
    }

    private Contents contents() {
        return new Contents(heading(), tables, () -> StudyPage.of(this));
    }

    /**
     * Writes the report, all of it or nothing.
     *
     * @throws InputException if the file cannot be written
     */
    public void write(Path file, Format format) {
        contents().write(file, format);
    }
}
