package org.unipelt.experiment.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/**
 * Numbers printed in the UniPELT paper (Mao et al., ACL 2022): Tables 1, 3 and 6 (scores on GLUE), 2 (upper bounds), 4
 * (efficiency) and 5 (BART). Table 5 is for BART-large, the others for BERT-base.
 */
final class Published {
    private final List<CSVRecord> glue = read("published-glue.csv");
    private final List<CSVRecord> upperBounds = read("published-upper-bound.csv");
    private final List<CSVRecord> efficiency = read("published-efficiency.csv");
    private final List<CSVRecord> bart = read("published-bart.csv");

    /**
     * Relative cost in Table 4.
     *
     * @param parameters as printed, e.g. {@code 895K}
     * @param percent of the model's parameters
     * @param training time in percent of full fine-tuning
     * @param inference time in percent of full fine-tuning
     */
    record Efficiency(String parameters, double percent, double training, double inference) {}

    /**
     * A row of Table 2.
     *
     * @param upperBound mean over tasks of the best sub-module's score
     * @param average mean over tasks of the combination's score
     */
    record UpperBound(double upperBound, double average) {}

    /** The paper's numbers if the study has a task of the paper. */
    static Optional<Published> of(Study study) {
        return study.tasks().stream().anyMatch(PaperNames::isTask) ? Optional.of(new Published()) : Optional.empty();
    }

    private static List<CSVRecord> read(String name) {
        try (InputStream file = Published.class.getResourceAsStream(name)) {
            return CSVFormat.DEFAULT
                    .builder()
                    .setHeader()
                    .setSkipHeaderRecord(true)
                    .get()
                    .parse(new InputStreamReader(file, StandardCharsets.UTF_8))
                    .getRecords();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A score of Table 1, 3 or 6.
     *
     * @param evaluation {@code dev} or {@code test}; {@code dev-best} with all rows
     * @param column a task's name, {@code average}, or one of these with {@code _sd}
     */
    OptionalDouble score(String evaluation, Optional<Integer> samples, String method, String column) {
        String wanted = samples.isEmpty() ? "dev-best" : evaluation;
        return glue.stream()
                .filter(row -> row.get("evaluation").equals(wanted)
                        && row.get("samples")
                                .equals(samples.map(Object::toString).orElse("all"))
                        && row.get("method").equals(method)
                        && row.get("option").isEmpty()
                        && row.isMapped(column)
                        && !row.get(column).isEmpty())
                .mapToDouble(row -> Double.parseDouble(row.get(column)))
                .findFirst();
    }

    Optional<UpperBound> upperBound(Optional<Integer> samples, String method) {
        return upperBounds.stream()
                .filter(row ->
                        row.get("samples").equals(samples.map(Object::toString).orElse("all"))
                                && row.get("method").equals(method))
                .map(row -> new UpperBound(
                        Double.parseDouble(row.get("upper_bound")), Double.parseDouble(row.get("average"))))
                .findFirst();
    }

    Optional<Efficiency> efficiency(String method) {
        return efficiency.stream()
                .filter(row -> row.get("method").equals(method))
                .map(row -> new Efficiency(
                        row.get("parameters"),
                        Double.parseDouble(row.get("percent")),
                        Double.parseDouble(row.get("training_time")),
                        Double.parseDouble(row.get("inference_time"))))
                .findFirst();
    }

    /** The lines of Tables 1, 3 and 6. */
    List<CSVRecord> glue() {
        return glue;
    }

    /** The lines of Table 2. */
    List<CSVRecord> upperBounds() {
        return upperBounds;
    }

    /** The lines of Table 5. */
    List<CSVRecord> bart() {
        return bart;
    }
}
