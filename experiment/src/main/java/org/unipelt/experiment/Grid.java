package org.unipelt.experiment;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.Reading;

/**
 * The cells of a sweep, as {@code grid.json} holds them: its folder alone then tells what is left to do.
 *
 * @param format {@value #FORMAT}
 * @param scale the scale of the spec, if not its full size
 * @param reading what results depend on besides the base model's weights; none in a file of an earlier version
 * @param cells in the order in which they are run
 */
@JsonPropertyOrder({"format", "scale", "reading", "cells"})
public record Grid(
        String format,
        Optional<String> scale,
        @JacksonInject("reading") Optional<Reading> reading,
        List<Planned> cells) {
    /** The only format there is yet. */
    public static final String FORMAT = "unipelt-grid-1";

    /** Copies the list. */
    public Grid {
        cells = List.copyOf(cells);
    }

    /**
     * A cell and its name in the store.
     *
     * @param hash of the cell
     * @param run the cell
     */
    @JsonPropertyOrder({"hash", "run"})
    public record Planned(String hash, Cell run) {}

    static Grid of(Optional<String> scale, Reading reading, List<Cell> cells) {
        return new Grid(
                FORMAT,
                scale,
                Optional.of(reading),
                cells.stream().map(cell -> new Planned(cell.hash(), cell)).toList());
    }

    static Grid read(Path file) {
        Grid grid = JsonFiles.read(file, Grid.class, WholeFile.LIST);
        if (!grid.format().equals(FORMAT)) {
            throw new InputException(
                    file + ": format '" + grid.format() + "' is not known; this version reads '" + FORMAT + "'");
        }
        return grid;
    }
}
