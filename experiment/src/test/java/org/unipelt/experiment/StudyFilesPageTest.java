package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.ReferencePage;
import org.unipelt.training.TrainingConfig;

/** The reference of a study's files: their versions and keys. */
@Tag("reference")
class StudyFilesPageTest {
    @Test
    void thePageHasEveryVersion() throws IOException {
        List<String> table =
                new ArrayList<>(ReferencePage.head("file", "what", "written", "also read", "keys of the newest"));
        table.add(row("grid.json", "what a study runs", GridFile.class));
        table.add(row("result.json", "the result of one run", ResultFile.class));
        ReferencePage.of("files.md").holds("studies", table);
    }

    private static String row(String file, String what, Class<?> owner) {
        List<String> versions = ReferencePage.versions(owner);
        assertThat(versions).as("versions of " + owner).isNotEmpty();
        return ReferencePage.row(List.of(
                "`" + file + "`",
                what,
                "`" + versions.get(versions.size() - 1) + "`",
                versions.subList(0, versions.size() - 1).stream()
                        .map(version -> "`" + version + "`")
                        .collect(Collectors.joining(", ")),
                Stream.of(owner.getRecordComponents())
                        .map(RecordComponent::getName)
                        .collect(Collectors.joining("`, `", "`", "`"))));
    }

    /** The page says that a run's settings have the keys that those of a training have. */
    @Test
    void aRunHasTheSettingsOfATraining() {
        assertThat(CellFile.class.getRecordComponents())
                .extracting(RecordComponent::getName, component -> (Object) component.getType())
                .contains(org.assertj.core.groups.Tuple.tuple("training", (Object) TrainingConfig.class));
    }
}
