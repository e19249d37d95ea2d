package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.Map;
import org.unipelt.InputException;

/**
 * Where the fields of a spec stand.
 *
 * @param file the spec
 * @param lines of the fields, by name
 */
public record SpecLines(Path file, Map<String, Integer> lines) {
    /** Copies the lines. */
    public SpecLines {
        lines = Map.copyOf(lines);
    }

    /** The same mistake, with the file, line and name of the field that it is in. */
    public InputException in(String field, InputException mistake) {
        String line = lines.containsKey(field) ? ":" + lines.get(field) : "";
        return new InputException(file + line + ": " + field + ": " + mistake.getMessage(), mistake);
    }
}
