package org.unipelt;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where tests find files: in the repository, and in the folder of shared data beside it. */
public final class Repository {
    private Repository() {}

    /** The repository's root. */
    public static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve(".mvn"))) {
            here = here.getParent();
        }
        return here;
    }

    /** The folder of fixtures: the system property {@code golden.dir}, relative to the root, or {@code ../shared/golden}. */
    public static Path golden() {
        return root().resolve(System.getProperty("golden.dir", "../shared/golden"))
                .normalize();
    }

    /** A file or folder of the shared data; the test is skipped, and says so, where there is none. */
    public static Path shared(String name) {
        Path path = root().resolve("../shared").resolve(name).normalize();
        Assumptions.assumeTrue(Files.exists(path), "skipped: " + path + " is absent");
        return path;
    }
}
