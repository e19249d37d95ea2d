package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.Words;

/**
 * A table that a cluster predicts with a tuned model. The rows get columns for the answer, its probability, and the reason why a
 * row has no answer.
 *
 * @param model the folder of the tuned model, on this machine
 * @param table where the cluster finds the rows: a file or a folder of files, by its path or an address such as {@code
 *     hdfs://host/rows}
 * @param out where the cluster writes the rows: a folder that does not exist yet
 * @param format of both
 * @param text the column of the texts; by default as in the model's training
 * @param pair the column of the second texts; by default as in the model's training
 * @param gates whether the rows get a column with the means of the gates
 */
public record TablePrediction(
        Path model,
        String table,
        String out,
        Format format,
        Optional<String> text,
        Optional<String> pair,
        boolean gates) {
    /** Checks that nothing is null, and that the format can hold gates. */
    public TablePrediction {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(table, "table is null");
        Objects.requireNonNull(out, "out is null");
        Objects.requireNonNull(format, "format is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
        if (gates && (format == Format.CSV || format == Format.TSV)) {
            throw InputException.about(
                    "gates",
                    "a " + Words.of(format)
                            + " file has no place for gates, a map in each row; use --format parquet or json");
        }
    }

    /** The format of a table. */
    public enum Format {
        /** Apache Parquet. */
        PARQUET,
        /** Commas and quotes as in RFC 4180, with a header in each file. */
        CSV,
        /** The same with tabs. */
        TSV,
        /** JSON Lines. */
        JSON,
        /** Apache ORC. */
        ORC;

        /**
         * Returns the format that a table's name ends with, if it does.
         *
         * @param table a path or an address
         */
        public static Optional<Format> of(String table) {
            String name = table.toLowerCase(Locale.ROOT).replaceFirst("/$", "").replaceFirst("\\.gz$", "");
            if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
                return Optional.of(JSON);
            }
            return Stream.of(values())
                    .filter(format -> name.endsWith("." + Words.of(format)))
                    .findFirst();
        }
    }

    /** What is told while the cluster works. */
    public interface Listener {
        /** The columns of the texts, once they are known. */
        void columns(String text, Optional<String> pair);

        /**
         * A part of the table is done.
         *
         * @param done parts that are done
         * @param parts all parts
         */
        void part(int done, int parts);
    }

    /**
     * What was done.
     *
     * @param rows the rows of the table
     * @param unanswered the rows that have no answer but a reason
     */
    public record Done(long rows, long unanswered) {}
}
