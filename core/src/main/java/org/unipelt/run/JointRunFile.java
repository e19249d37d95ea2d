package org.unipelt.run;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;

/**
 * {@code run.json} of an unfinished training of several tasks.
 *
 * @param format {@value #VERSION_1}
 * @param tasks what each task would have as a run of its own, by name
 */
@JsonPropertyOrder("format")
record JointRunFile(String format, Map<String, RunFile> tasks) {
    private static final String VERSION_1 = "unipelt-joint-run-1";

    static JointRunFile of(Map<String, RunFile> tasks) {
        return new JointRunFile(VERSION_1, tasks);
    }

    /** Returns whether a run's file is one of several tasks. */
    static boolean isOne(Path file) {
        return isOne(JsonFiles.read(file, WholeFile.SETTINGS));
    }

    private static boolean isOne(ObjectNode content) {
        return content.path("format").asText().equals(VERSION_1);
    }

    static JointRunFile read(Path file) {
        ObjectNode content = JsonFiles.read(file, WholeFile.SETTINGS);
        if (!isOne(content)) {
            throw new InputException(file + ": is not of a training of several tasks");
        }
        return JsonFiles.value(file, content, JointRunFile.class);
    }

    void write(Path file) {
        JsonFiles.write(file, this);
    }
}
