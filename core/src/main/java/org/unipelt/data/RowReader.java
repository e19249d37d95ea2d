package org.unipelt.data;

import java.util.List;
import java.util.Optional;

/** Reads the rows of a table one after the other, without the blank ones. Memory does not grow with their number. */
interface RowReader extends AutoCloseable {
    /**
     * A row as written in the file.
     *
     * @param line its first line, from 1
     * @param problem the reason why it cannot be divided into cells; empty if it can
     * @param cells its cells, null where a value is missing; empty if there is a problem
     */
    record RawRow(int line, Optional<String> problem, List<String> cells) {
        boolean blank() {
            return problem.isEmpty() && cells.stream().allMatch(cell -> cell == null || Example.blank(cell));
        }
    }

    /**
     * Returns the names of the columns in the file's order, as far as they are known: a header's with the first row,
     * all of JSON Lines only at the end.
     */
    List<String> columns();

    /** Returns the next row that is not blank; empty at the end. */
    Optional<RawRow> next();

    /** Returns whether {@link #columns} may grow with every row. */
    default boolean grows() {
        return false;
    }

    /** Closes the file. */
    @Override
    void close();
}
