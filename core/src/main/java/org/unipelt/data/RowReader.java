package org.unipelt.data;

import java.util.List;
import java.util.Optional;

/** A table's rows, one after the other. Memory does not grow with their number. */
interface RowReader {
    /**
     * The columns' names in the file's order, as far as they are known: those of a header from the first row on, those of
     * JSON Lines at the end.
     */
    List<String> columns();

    /** The next row that can be told apart into cells, or none at the end; rows between that cannot are bad rows. */
    Optional<Table.Row> next();
}
