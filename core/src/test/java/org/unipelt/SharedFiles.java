package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds the fixtures and data that lie beside the repository. Tests that need them are skipped, and say so, where they
 * are absent; a folder that is named and absent is a failure.
 */
public final class SharedFiles {
    private SharedFiles() {}

    /** The folder of golden fixtures: system property {@code golden.dir}, else {@code ../shared/golden}. */
    public static Path golden() {
        String named = System.getProperty("golden.dir");
        if (named == null) {
            return present("../shared/golden");
        }
        Path folder = repository().resolve(named).normalize();
        assertThat(folder).as("golden.dir").isDirectory();
        return folder;
    }

    /** The folder with the GLUE tasks' folders: {@code ../shared/glue}. */
    public static Path glue() {
        return present("../shared/glue");
    }

    /** The folder above the module's, which Maven names in {@code basedir}. */
    private static Path repository() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    }

    private static Path present(String relative) {
        Path folder = repository().resolve(relative).normalize();
        Assumptions.assumeTrue(Files.isDirectory(folder), () -> "skipped: there is no " + folder);
        return folder;
    }
}
