package org.unipelt.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** A name for a new folder that nothing has yet, so that nothing is overwritten. */
final class FreeFolder {
    private FreeFolder() {}

    /** The name itself, or with -2, -3, … behind it. */
    static Path of(String name) {
        Path folder = Path.of(name);
        for (int number = 2; Files.exists(folder); number++) {
            folder = Path.of(name + "-" + number);
        }
        return folder;
    }
}
