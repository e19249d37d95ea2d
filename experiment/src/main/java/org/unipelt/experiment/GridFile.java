package org.unipelt.experiment;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.OptBoolean;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.Reading;

/**
 * {@code grid.json}: a {@link Grid} in a file.
 *
 * @param format {@value #VERSION_1}, the only version so far
 * @param reading absent in files of earlier commits
 */
@JsonPropertyOrder({"format", "scale", "reading", "cells"})
record GridFile(
        String format,
        Optional<String> scale,

        @JacksonInject(value = "reading", useInput = OptBoolean.TRUE)
        Optional<Reading> reading,

        List<Planned> cells) {
    private static final String VERSION_1 = "unipelt-grid-1";

    @JsonPropertyOrder({"hash", "run"})
    private record Planned(String hash, CellFile run) {}

    /**
     * Reads a file.
     *
     * @throws InputException if it is missing or damaged, its version is unknown, or a hash is not that of its run
     */
    static Grid read(Path file) {
        GridFile read = JsonFiles.read(file, GridFile.class, WholeFile.LIST);
        if (!read.format.equals(VERSION_1)) {
            throw new InputException(
                    file + ": format '" + read.format + "' is not known; this version reads '" + VERSION_1 + "'");
        }
        List<Cell> cells =
                read.cells.stream().map(planned -> planned.run.cell()).toList();
        if (!cells.stream()
                .map(Cell::hash)
                .toList()
                .equals(read.cells.stream().map(Planned::hash).toList())) {
            throw new InputException(file + ": a hash is not that of its run; the file was changed");
        }
        return new Grid(read.scale, read.reading, cells);
    }

    /** Writes a file, all of it or nothing. */
    static void write(Path file, Grid grid) {
        JsonFiles.write(
                file,
                new GridFile(
                        VERSION_1,
                        grid.scale(),
                        grid.reading(),
                        grid.cells().stream()
                                .map(cell -> new Planned(cell.hash(), CellFile.of(cell)))
                                .toList()));
    }
}
