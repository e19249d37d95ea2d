package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.metric.Metric;
import org.unipelt.training.TrainingConfig;

/** The specs that come with the program are right, and as large as their table says. */
class StudiesTest {
    private static final Path STUDIES = Path.of("..", "studies");

    @ParameterizedTest
    @CsvSource({
        "table1, 840, 210",
        "table1-prefix50, 40, 15",
        "table3, 56, 28",
        "table4, 7, 7",
        "table5-data, 140, 48",
        "table5-model, 140, 48",
        "figure2, 20, 12",
        "figure3, 100, 30"
    })
    void everyStudyHasItsRuns(String name, int full, int laptop) throws IOException {
        assertThat(cells(name, Optional.empty())).isEqualTo(full);
        assertThat(cells(name, Optional.of("laptop"))).isEqualTo(laptop);
        assertThat(Files.readString(STUDIES.resolve("README.md")))
                .contains("`%s.yaml` | %d | %d |".formatted(name, full, laptop));
        assertThat(Files.readString(STUDIES.resolve(name + ".yaml"))).contains("--scale laptop");
    }

    /** Those of this project's own have one size. */
    @ParameterizedTest
    @CsvSource({
        "learning-rates, 90",
        "gates, 15",
        "bf16, 18",
        "bge-rates, 108",
        "bge-table1, 180",
        "head-start, 16",
        "gate-forms, 36"
    })
    void everyStudyOfOnesOwnHasItsRuns(String name, int runs) throws IOException {
        assertThat(cells(name, Optional.empty())).isEqualTo(runs);
        assertThat(Files.readString(STUDIES.resolve("README.md"))).contains("`%s.yaml` | %d | |".formatted(name, runs));
    }

    @Test
    void theStudyOnBgeSmallHasTwoMoreScales() throws IOException {
        assertThat(cells("bge-table1", Optional.of("defaults"))).isEqualTo(180);
        assertThat(cells("bge-table1", Optional.of("k500"))).isEqualTo(60);
        assertThat(Files.readString(STUDIES.resolve("README.md")))
                .contains("`--scale defaults`", "`--scale k500` | `bge-table1.yaml` | 180, 60 | |");
    }

    @Test
    void noStudyIsForgotten() throws IOException {
        try (Stream<Path> files = Files.list(STUDIES)) {
            assertThat(files.filter(file -> file.toString().endsWith(".yaml"))).hasSize(15);
        }
    }

    private static int cells(String name, Optional<String> scale) {
        SweepSpec spec = SweepSpec.read(
                STUDIES.resolve(name + ".yaml"), new SweepSpec.Overrides(scale, Optional.empty(), Optional.empty()));
        return (int) spec
                .cells(
                        "model",
                        "fingerprint",
                        drawn -> "rows",
                        (method, drawn) -> TrainingConfig.builder(method, Metric.ACCURACY))
                .stream()
                .map(Cell::hash)
                .distinct()
                .count();
    }
}
