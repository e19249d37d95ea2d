package org.unipelt.spark;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Objects;
import java.util.UUID;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.unipelt.InputException;
import org.unipelt.tuned.DataSpec;

/**
 * Rows of a table that Spark reads, in a file of this machine, so that a training can read them. A training reads its rows
 * several times, and a run that is stopped continues only on the same rows: so they are fetched once.
 *
 * <pre>
 *   Dataset&lt;Row&gt; table = session.table("tickets").select("message", "topic");
 *   DataSpec rows = TableRows.cached(table, Path.of("tickets.jsonl")).withText("message").withLabel("topic");
 *   TunedModel model = Tuning.of(base, "unipelt-apl").on(rows).train(Path.of("tickets-model"));
 * </pre>
 */
public final class TableRows {
    /** The most rows that are fetched unless told: a training holds its rows in memory. */
    public static final long MOST = 1_000_000;

    private static final String ENDING = ".jsonl";

    private TableRows() {}

    /**
     * Fetches at most {@link #MOST} rows.
     *
     * @see #cached(Dataset, Path, long)
     */
    public static DataSpec cached(Dataset<Row> table, Path file) {
        return cached(table, file, MOST);
    }

    /**
     * Fetches the rows, one partition at a time, and writes them as JSON Lines; replaces an existing file. Its columns are those
     * of the table.
     *
     * @param file ends with {@code .jsonl}
     * @param most the most rows
     * @return the file as training data
     * @throws InputException if there are no rows or too many, the file has another ending, or cannot be written
     */
    public static DataSpec cached(Dataset<Row> table, Path file, long most) {
        Objects.requireNonNull(table, "table is null");
        Path whole = file.toAbsolutePath();
        if (!whole.toString().endsWith(ENDING)) {
            throw new InputException(file + ": the rows are JSON Lines; let the file end with " + ENDING);
        }
        Path draft = whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (BufferedWriter lines = Files.newBufferedWriter(draft)) {
                Iterator<String> rows = table.toJSON().toLocalIterator();
                if (!rows.hasNext()) {
                    throw new InputException("the table has no rows");
                }
                for (long row = 1; rows.hasNext(); row++) {
                    if (row > most) {
                        throw new InputException("the table has more than " + most
                                + " rows, and a training holds its rows in memory; take a sample, as in table.limit("
                                + most
                                + "), or allow more");
                    }
                    lines.write(rows.next());
                    lines.write('\n');
                }
            }
            Files.move(draft, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new InputException(
                    "cannot write " + file + "; check that its folder exists and that you may write there", e);
        } finally {
            draft.toFile().delete();
        }
        return DataSpec.of(file);
    }
}
