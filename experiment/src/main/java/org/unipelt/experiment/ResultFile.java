package org.unipelt.experiment;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;

/**
 * {@code result.json}: a {@link Result} in a file.
 *
 * @param format {@value #VERSION_1}, the only version so far
 */
@JsonPropertyOrder({"format", "hash", "run", "metric", "scores", "failed", "epochs", "bestEpoch", "stoppedBy"})
record ResultFile(
        String format,
        String hash,
        CellFile run,
        String metric,
        Map<String, Map<String, Double>> scores,
        Optional<String> failed,
        int epochs,
        int bestEpoch,
        String stoppedBy,
        long trainedParameters,
        long paperParameters,
        long backboneParameters,
        List<Result.Epoch> curve,
        List<Result.Gate> gates,
        Result.Answers test) {
    private static final String VERSION_1 = "unipelt-result-1";

    /**
     * Reads a file.
     *
     * @throws InputException if it is missing or damaged, its version is unknown, or its hash is not that of its run
     */
    static Result read(Path file) {
        ResultFile read = JsonFiles.value(file, checked(file, JsonFiles.read(file, WholeFile.LIST)), ResultFile.class);
        Cell run = read.run.cell();
        if (!read.hash.equals(run.hash())) {
            throw new InputException(file + ": its hash is not that of its run; the file was changed");
        }
        return new Result(
                run,
                read.metric,
                read.scores,
                read.failed,
                read.epochs,
                read.bestEpoch,
                read.stoppedBy,
                read.trainedParameters,
                read.paperParameters,
                read.backboneParameters,
                read.curve,
                read.gates,
                read.test);
    }

    /**
     * A result without its predictions.
     *
     * @param metric the main metric
     * @param scores by part of the data, then by metric; empty if the run failed
     * @param failed why the run failed, if it did
     */
    record Summary(String metric, Map<String, Map<String, Double>> scores, Optional<String> failed) {
        /** Returns the score on the test rows; NaN if it is undefined. */
        double test() {
            return scores.getOrDefault("test", Map.of()).getOrDefault(metric, Double.NaN);
        }
    }

    /** Reads a result without its thousands of predictions. */
    static Summary summary(Path file) {
        ObjectNode content = checked(file, JsonFiles.read(file, WholeFile.LIST));
        return JsonFiles.value(file, content.retain("metric", "scores", "failed"), Summary.class);
    }

    private static ObjectNode checked(Path file, ObjectNode content) {
        if (!content.path("format").asText().equals(VERSION_1)) {
            throw new InputException(file + ": format '"
                    + content.path("format").asText() + "' is not known; this version reads '" + VERSION_1 + "'");
        }
        return content;
    }

    /** Writes a file, all of it or nothing. */
    static void write(Path file, Result result) {
        JsonFiles.write(
                file,
                new ResultFile(
                        VERSION_1,
                        result.run().hash(),
                        CellFile.of(result.run()),
                        result.metric(),
                        result.scores(),
                        result.failed(),
                        result.epochs(),
                        result.bestEpoch(),
                        result.stoppedBy(),
                        result.trainedParameters(),
                        result.paperParameters(),
                        result.backboneParameters(),
                        result.curve(),
                        result.gates(),
                        result.test()));
    }
}
