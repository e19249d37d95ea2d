package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;

/** The transcribed numbers against what the paper itself says of them. */
class PublishedTest {
    private static final List<String> TASKS = List.of("sst2", "mrpc", "cola", "rte", "qnli", "stsb", "mnli", "qqp");

    private final Published published = new Published();

    private double test(int samples, String method, String column) {
        return published.score("test", Optional.of(samples), method, column).orElseThrow();
    }

    @Test
    void everyRowsTasksHaveThePrintedAverage() {
        assertThat(published.glue()).hasSize(50);
        for (CSVRecord row : published.glue()) {
            double average = TASKS.stream()
                    .mapToDouble(task -> Double.parseDouble(row.get(task)))
                    .average()
                    .orElseThrow();
            // The paper's averages are of numbers before rounding; the one of L = 50 is 0.02 lower than its row's.
            assertThat(Double.parseDouble(row.get("average")))
                    .as(row.toString())
                    .isCloseTo(average, within(row.get("option").isEmpty() ? 0.011 : 0.02));
        }
    }

    @Test
    void table2IsWhatTable1Gives() {
        for (CSVRecord row : published.upperBounds()) {
            int samples = Integer.parseInt(row.get("samples"));
            List<String> submodules = List.of(row.get("submodules").split("\\+"));
            double bound = TASKS.stream()
                    .mapToDouble(task -> submodules.stream()
                            .mapToDouble(method -> test(samples, method, task))
                            .max()
                            .orElseThrow())
                    .average()
                    .orElseThrow();
            assertThat(Double.parseDouble(row.get("upper_bound"))).isCloseTo(bound, within(0.0051));
            assertThat(Double.parseDouble(row.get("average"))).isEqualTo(test(samples, row.get("method"), "average"));
        }
    }

    @Test
    void whatThePaperCountsInItsTextHolds() {
        int[] ahead = {4, 6, 8};
        int[] firstOrSecond = {7, 6, 7};
        int[] sizes = {100, 500, 1000};
        List<String> methods = List.of("full", "bitfit", "adapter", "prefix", "lora", "unipelt-ap", "unipelt-apl");
        for (int i = 0; i < sizes.length; i++) {
            int samples = sizes[i];
            assertThat(TASKS.stream()
                            .filter(task -> test(samples, "unipelt-apl", task) > test(samples, "unipelt-ap", task)))
                    .hasSize(ahead[i]);
            assertThat(TASKS.stream().filter(task -> {
                        TreeSet<Double> scores = new TreeSet<>();
                        methods.forEach(method -> scores.add(test(samples, method, task)));
                        double second = scores.lower(scores.last());
                        return Math.max(test(samples, "unipelt-apl", task), test(samples, "unipelt-ap", task))
                                >= second;
                    }))
                    .hasSize(firstOrSecond[i]);
        }
        assertThat(published
                                .score("test", Optional.empty(), "unipelt-ap-nogate", "average")
                                .orElseThrow()
                        - published
                                .score("test", Optional.empty(), "unipelt-ap", "average")
                                .orElseThrow())
                .isCloseTo(-0.89, within(1e-9));
    }

    @Test
    void table4sSharesAreOfTheModelsParameters() {
        for (String method : List.of("bitfit", "prefix", "lora", "adapter")) {
            Published.Efficiency row = published.efficiency(method).orElseThrow();
            double parameters = 1000 * Double.parseDouble(row.parameters().replace("K", ""));
            assertThat(row.percent()).isCloseTo(100 * parameters / 110e6, within(0.011));
        }
        // Section 4.2: an adapter with 5.3 times the parameters has 4.3 times UniPELT (AP)'s and 3.4 times (APL)'s.
        assertThat(5.3 * 0.895 / 1.1).isCloseTo(4.3, within(0.05));
        assertThat(published.efficiency("unipelt-ap").orElseThrow().parameters())
                .isEqualTo("1.1M");
        assertThat(5.3 * 0.895 / 1.4).isCloseTo(3.4, within(0.05));
        assertThat(published.efficiency("unipelt-apl").orElseThrow().parameters())
                .isEqualTo("1.4M");
    }

    @Test
    void theTablesAreShownAsPrinted() {
        List<ReportTable> tables = PublishedTables.of(published);
        assertThat(tables).hasSize(5);
        assertThat(TableText.markdown(List.of("t"), tables))
                .contains("| UniPELT (APL) | 82.36 ±0.86 | 81.71 ±0.72 | 23.62 ±8.83 |")
                .contains("| Five data seeds | 77.55 ±2.94 | 76.87 ±0.55 | 71.90 ±2.47 | 79.02 ±0.44 |");
    }
}
