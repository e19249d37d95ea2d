package org.unipelt;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the fixtures and data that lie beside the repository; tests are skipped, and say so, where they are absent. */
public final class SharedFiles {
    private SharedFiles() {}

    /** The folder of golden fixtures: system property {@code golden.dir}, else {@code ../shared/golden}. */
    public static Path golden() {
        Path folder = repository()
                .resolve(System.getProperty("golden.dir", "../shared/golden"))
                .normalize();
        return present(folder);
    }

    /** The folder with the GLUE tasks' folders: {@code ../shared/glue}. */
    public static Path glue() {
        return present(repository().resolve("../shared/glue").normalize());
    }

    private static Path repository() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    }

    private static Path present(Path folder) {
        Assumptions.assumeTrue(Files.isDirectory(folder), () -> "skipped: there is no " + folder);
        return folder;
    }
}
