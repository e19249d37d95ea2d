package org.unipelt.data;

import java.util.List;
import java.util.Optional;

/** A table's rows, one after the other, without the blank ones. Memory does not grow with their number. */
interface RowReader {
    /**
     * A row as it stands in the file.
     *
     * @param line the line that it begins on, from 1
     * @param problem why it cannot be told apart into cells, if it cannot
     * @param cells its cells; none if there is a problem
     */
    record RawRow(int line, Optional<String> problem, List<String> cells) {
        boolean blank() {
            return problem.isEmpty() && cells.stream().allMatch(Example::blank);
        }
    }

    /**
     * The columns' names in the file's order, as far as they are known: those of a header from the first row on, those of
     * JSON Lines at the end.
     */
    List<String> columns();

    /** The next row that is not blank, or none at the end. */
    Optional<RawRow> next();
}
