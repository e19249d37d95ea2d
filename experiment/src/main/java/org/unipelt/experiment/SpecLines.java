package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * The lines of a spec's fields.
 *
 * @param file the spec; none if a program made it
 * @param lines of the fields, by name
 */
public record SpecLines(Optional<Path> file, Map<String, Integer> lines) {
    /** Copies the lines. */
    public SpecLines {
        lines = Map.copyOf(lines);
    }

    /** The mistake with file, line and field; unchanged if there is no file. */
    public InputException in(String field, InputException mistake) {
        String line = lines.containsKey(field) ? ":" + lines.get(field) : "";
        return file.map(name -> new InputException(name + line + ": " + field + ": " + mistake.getMessage(), mistake))
                .orElse(mistake);
    }
}
