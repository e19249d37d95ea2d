package org.unipelt;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** Where tests find files: in the repository, and in folders beside it. */
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

    /** The folder of other fixtures than those in the repository: the system property {@code golden.dir}, relative to the root. */
    public static Optional<Path> golden() {
        return Optional.ofNullable(System.getProperty("golden.dir"))
                .map(folder -> root().resolve(folder).normalize());
    }

    /**
     * A file or folder of the shared data, which lie in the folder that the system property {@code shared.dir} names,
     * relative to the root, and beside the checkout where there is no such property. The test is skipped, and says so, where
     * there is none. It has the tag {@code shared}.
     */
    public static Path shared(String name) {
        Path folder = root().resolve(System.getProperty("shared.dir", "../shared"));
        Path path = folder.resolve(name).normalize();
        Assumptions.assumeTrue(Files.exists(path), "no shared data: there is no " + path);
        return path;
    }
}
