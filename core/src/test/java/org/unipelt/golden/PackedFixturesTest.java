package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Repository;

/** That packing lost nothing. What the fixtures say is GoldenParityTest's business. */
class PackedFixturesTest {
    @Test
    @Tag("shared")
    void unpackedFilesAreThoseThatWerePacked(@TempDir Path folder) throws IOException {
        Path originals = Repository.shared("golden");
        PackedFixtures.unpack(folder);
        for (Path zip : PackedFixtures.families()) {
            Path family = Path.of(zip.getFileName().toString().replace(".zip", ""));
            List<Path> files = files(originals.resolve(family));
            assertThat(files(folder.resolve(family))).isEqualTo(files);
            for (Path file : files) {
                assertThat(folder.resolve(family).resolve(file))
                        .hasSameBinaryContentAs(originals.resolve(family).resolve(file));
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .sorted()
                    .toList();
        }
    }
}
