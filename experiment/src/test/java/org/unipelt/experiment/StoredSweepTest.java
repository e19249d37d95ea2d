package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results of earlier commits load, and their cells have the hashes that they had. */
class StoredSweepTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** Not of sweeps, but of the programs in benchmarks. */
    private static final Set<String> SCORES = Set.of("joint.zip", "joint-usual.zip", "quality.zip");

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
        int found = 0;
        try (Stream<Path> zips = Files.list(ROOT.resolve("docs/results"))) {
            for (Path zip : zips.filter(file -> file.toString().endsWith(".zip"))
                    .filter(file -> !SCORES.contains(file.getFileName().toString()))
                    .toList()) {
                found += new StoredStudy(zip).read(StoredSweepTest::results);
            }
        }
        assertThat(found).isGreaterThanOrEqualTo(902);
    }

    /** Reads all results of a study, and returns how many there are. */
    private static int results(Store store) {
        List<String> done = store.grid().cells().stream()
                .map(Cell::hash)
                .filter(store::isDone)
                .toList();
        for (String hash : done) {
            // Reading compares the hash with the cell; the folder has its name.
            assertThat(store.result(hash).run().hash()).isEqualTo(hash);
            assertThat(store.timing(hash)).isPresent();
        }
        assertThat(done).as("%s", store.folder().toUri()).isNotEmpty();
        return done.size();
    }
}
