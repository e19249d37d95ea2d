package org.unipelt.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A format of tables that is not text, such as Parquet, from another library. {@link java.util.ServiceLoader} finds it:
 * name the class in {@code META-INF/services/org.unipelt.data.TableFormat} of its jar.
 *
 * <p>Any number of threads may read tables with it at once.
 */
public interface TableFormat {
    /** Returns the ending of its files' names in lower case, e.g. {@code .parquet}. */
    String ending();

    /**
     * Opens a regular file.
     *
     * @throws org.unipelt.InputException if the file cannot be read, is damaged, or lacks columns of plain values
     */
    Rows open(Path file);

    /** The rows of an open file. Memory does not grow with their number. */
    interface Rows extends AutoCloseable {
        /** Returns the names of the columns that hold texts, numbers or booleans, in the file's order. */
        List<String> columns();

        /**
         * Returns the cells of the next row in the columns' order, null where a value is missing; empty at the end.
         *
         * @throws org.unipelt.InputException if the file is damaged
         */
        Optional<List<String>> next();

        /** Closes the file. */
        @Override
        void close();
    }
}
