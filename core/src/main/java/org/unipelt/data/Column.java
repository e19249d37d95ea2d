package org.unipelt.data;

/**
 * A column of a table.
 *
 * @param index its place, from 0
 * @param name its name in the header
 */
public record Column(int index, String name) {
    /** Checks the place. */
    public Column {
        if (index < 0) {
            throw new IllegalArgumentException("index " + index);
        }
    }
}
