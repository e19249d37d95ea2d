package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results of earlier commits load, and their cells have the hashes that they had. */
class StoredSweepTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @ParameterizedTest
    @ValueSource(strings = {"c06b7db", "fbe97e2"})
    void comparisonsLoad(String commit) {
        Path folder = ROOT.resolve("experiment/src/test/resources/org/unipelt/experiment/formats/" + commit);
        Store store = new Store(folder);
        // Reading compares each hash with its cell.
        List<Cell> cells = store.grid().cells();
        assertThat(cells).hasSize(2);
        for (Cell cell : cells) {
            assertThat(store.isDone(cell.hash())).isTrue();
            assertThat(store.result(cell.hash()).run()).isEqualTo(cell);
            assertThat(store.timing(cell.hash())).isPresent();
        }
    }

    @Test
    void everyStoredResultIsFound() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs/results"))) {
            List<Path> results =
                    files.filter(file -> file.endsWith("result.json")).toList();
            assertThat(results).hasSizeGreaterThan(100);
            for (Path file : results) {
                // Reading compares the hash with the cell; the folder has its name.
                assertThat(ResultFile.read(file).run().hash())
                        .isEqualTo(file.getParent().getFileName().toString());
            }
        }
    }
}
