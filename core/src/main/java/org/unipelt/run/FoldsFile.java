package org.unipelt.run;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;

/**
 * {@code folds.json}: an unfinished cross-validation.
 *
 * @param format {@value #VERSION_1}
 * @param count the number of folds
 * @param directory the folder that the spec's relative paths start from
 * @param spec what the training after the folds trains
 */
@JsonPropertyOrder("format")
record FoldsFile(String format, int count, Path directory, RunSpec spec) {
    static final String VERSION_1 = "unipelt-folds-1";

    static FoldsFile read(Path file) {
        ObjectNode content = JsonFiles.read(file, WholeFile.SETTINGS);
        FoldsFile read = JsonFiles.value(file, content, FoldsFile.class);
        if (!read.format().equals(VERSION_1)) {
            throw new InputException(
                    file + ": unknown format '" + read.format() + "'; this version reads '" + VERSION_1 + "'");
        }
        return read;
    }

    void write(Path file) {
        JsonFiles.write(file, this);
    }
}
