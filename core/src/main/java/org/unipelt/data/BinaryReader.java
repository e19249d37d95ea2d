package org.unipelt.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;

/** Reads a table in a {@link TableFormat}. The line of a row is its number, from 1. */
final class BinaryReader implements RowReader {
    private final TableFormat.Rows rows;
    private int row;

    private BinaryReader(TableFormat.Rows rows) {
        this.rows = rows;
    }

    static BinaryReader open(Path file, TableFormat format) {
        if (!Files.exists(file)) {
            throw new InputException(file + ": there is no such file; check the path");
        }
        if (!Files.isRegularFile(file)) {
            throw Files.isDirectory(file)
                    ? new InputException(file + ": is a folder; give a file in it")
                    : TextSource.notRegular(file);
        }
        return new BinaryReader(format.open(file));
    }

    @Override
    public List<String> columns() {
        return rows.columns();
    }

    @Override
    public Optional<RawRow> next() {
        Optional<RawRow> next = read();
        while (next.isPresent() && next.get().blank()) {
            next = read();
        }
        return next;
    }

    private Optional<RawRow> read() {
        return rows.next().map(cells -> new RawRow(++row, Optional.empty(), cells));
    }

    @Override
    public void close() {
        rows.close();
    }
}
