package org.unipelt.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** An unused name for a new folder, so that nothing is overwritten. */
final class FreeFolder {
    private FreeFolder() {}

    /** The name, or the name with -2, -3, … appended. */
    static Path of(String name) {
        Path folder = Path.of(name);
        for (int number = 2; Files.exists(folder); number++) {
            folder = Path.of(name + "-" + number);
        }
        return folder;
    }
}
