package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * Where the fields of a spec stand.
 *
 * @param file the spec; none if it was made up by a program
 * @param lines of the fields, by name
 */
public record SpecLines(Optional<Path> file, Map<String, Integer> lines) {
    /** Copies the lines. */
    public SpecLines {
        lines = Map.copyOf(lines);
    }

    /** The same mistake, with the file, line and name of the field that it is in; as it is if there is no file. */
    public InputException in(String field, InputException mistake) {
        String line = lines.containsKey(field) ? ":" + lines.get(field) : "";
        return file.map(name -> new InputException(name + line + ": " + field + ": " + mistake.getMessage(), mistake))
                .orElse(mistake);
    }
}
