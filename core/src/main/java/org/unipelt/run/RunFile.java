package org.unipelt.run;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.OptBoolean;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.Reading;
import org.unipelt.tuned.AdapterCard;

/**
 * {@code run.json}: an unfinished run's specification, and what it started on.
 *
 * @param format {@value #VERSION_2}; the first version had no such key
 * @param directory the folder that the spec's relative paths start from
 * @param spec what the run trains
 * @param base the fingerprint of the base model's weights
 * @param reading how the base model's files are read; empty in a file of an earlier version
 * @param data sizes and fingerprints of the parts of the data
 */
@JsonPropertyOrder("format")
public record RunFile(
        String format,
        Path directory,
        RunSpec spec,
        String base,

        @JacksonInject(value = "reading", useInput = OptBoolean.TRUE)
        Optional<Reading> reading,

        Map<String, AdapterCard.DataPart> data) {
    static final String VERSION_2 = "unipelt-run-2";

    /**
     * Reads a file.
     *
     * @throws InputException if it is damaged, or its format is unknown
     */
    public static RunFile read(Path file) {
        ObjectNode content = JsonFiles.read(file, WholeFile.SETTINGS);
        if (!content.has("format")) {
            content.put("format", VERSION_2);
        }
        RunFile read = JsonFiles.value(file, content, RunFile.class);
        if (!read.format().equals(VERSION_2)) {
            throw new InputException(
                    file + ": unknown format '" + read.format() + "'; this version reads '" + VERSION_2 + "'");
        }
        return read;
    }

    void write(Path file) {
        JsonFiles.write(file, this);
    }
}
