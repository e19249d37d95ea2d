package org.unipelt.experiment;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Map;
import java.util.Optional;
import org.unipelt.training.TrainingConfig;

/**
 * A {@link Cell} in files, and the form that its hash is taken of. Leave out a key that a later version adds while its
 * value is what earlier versions meant: cells then keep their hashes.
 */
@JsonPropertyOrder({"model", "task", "samples", "method", "text", "dataSeed", "seed", "vary", "training"})
record CellFile(
        String model,
        String task,
        Optional<Integer> samples,
        String method,
        String text,
        long dataSeed,
        long seed,
        Map<String, String> vary,
        TrainingConfig training,
        Optional<Integer> devRows,
        Optional<Integer> testRows,
        String data,
        String base) {
    static CellFile of(Cell cell) {
        return new CellFile(
                cell.model(),
                cell.task(),
                cell.samples(),
                cell.method(),
                cell.text(),
                cell.dataSeed(),
                cell.seed(),
                cell.vary(),
                cell.training(),
                cell.devRows(),
                cell.testRows(),
                cell.data(),
                cell.base());
    }

    Cell cell() {
        return new Cell(
                model, task, samples, method, text, dataSeed, seed, vary, training, devRows, testRows, data, base);
    }
}
