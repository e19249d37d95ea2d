package org.unipelt.data;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.unipelt.InputException;

/**
 * Reads texts to predict, a part at a time, so that memory does not grow with their number. Every line of text, and
 * every row of a table that is not blank, gives one {@link Row}, even if it has no text that can be used. Not
 * thread safe.
 */
public final class TextReader implements AutoCloseable {
    /** The usual number of rows of a part, at most. */
    public static final int ROWS = 1024;

    /** A part with this many characters gets no more rows. */
    private static final int CHARACTERS = 4 << 20;

    /**
     * A line, or a row of a table.
     *
     * @param line its line in the file, from 1; 0 if it does not come from a file
     * @param example the text; empty if the line is blank or cannot be used
     * @param problem the reason why it cannot be used; empty if it can, or is blank
     */
    public record Row(int line, Optional<Example> example, Optional<String> problem) {
        private static Row of(Example example) {
            return new Row(example.line(), Optional.of(example), Optional.empty());
        }

        private static Row bad(int line, String problem) {
            return new Row(line, Optional.empty(), Optional.of(problem));
        }

        /** Returns whether it is a blank line. */
        public boolean blank() {
            return example.isEmpty() && problem.isEmpty();
        }
    }

    private final String name;
    private final Runnable close;
    private final Supplier<Optional<Row>> rows;
    private final BooleanSupplier ready;
    private final Optional<Columns> columns;
    private final int most;
    private boolean any;
    private boolean bad;

    private TextReader(
            String name,
            Runnable close,
            Supplier<Optional<Row>> rows,
            BooleanSupplier ready,
            Optional<Columns> columns) {
        this(name, close, rows, ready, columns, ROWS);
    }

    private TextReader(
            String name,
            Runnable close,
            Supplier<Optional<Row>> rows,
            BooleanSupplier ready,
            Optional<Columns> columns,
            int most) {
        this.most = most;
        this.name = name;
        this.close = close;
        this.rows = rows;
        this.ready = ready;
        this.columns = columns;
    }

    /**
     * Opens a table or a file of lines. The ending decides: a file with an unknown ending has lines, and so has one
     * ending in {@code .txt}, unless tabs divide its first line and a column to read is named there. A pipe can only
     * hold lines.
     *
     * @param names the columns to read from a table
     * @param pairs whether a line holds two texts with a tab between them
     * @param dialect the delimiter and the encoding of the file
     * @throws InputException if the file cannot be read, is a table without rows, or lacks a column
     */
    public static TextReader open(Path file, ColumnNames names, boolean pairs, Dialect dialect) {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            return openPipe(file, names, pairs, dialect);
        }
        if (FileFormat.binary(file).isPresent()) {
            return table(file, names, dialect);
        }
        FileFormat format;
        try (TextSource source = TextSource.open(file, dialect.charset())) {
            format = FileFormat.ofTexts(source, names);
        }
        return format == FileFormat.LINES
                ? lines(TextSource.open(file, dialect.charset()), pairs)
                : table(file, names, dialect);
    }

    private static TextReader openPipe(Path file, ColumnNames names, boolean pairs, Dialect dialect) {
        if (FileFormat.mayBeLines(file.toString())) {
            TextSource source = TextSource.openAny(file, dialect.charset());
            if (FileFormat.ofTexts(source, names) == FileFormat.LINES) {
                return lines(source, pairs);
            }
            source.close();
        }
        throw TextSource.notRegular(file);
    }

    /**
     * Reads lines from a stream; closing the reader closes the stream.
     *
     * @param name the stream's name in messages, e.g. {@code standard input}
     * @param pairs whether a line holds two texts with a tab between them
     * @param dialect the encoding of the stream; its delimiter is ignored
     */
    public static TextReader of(String name, InputStream in, boolean pairs, Dialect dialect) {
        return lines(TextSource.of(name, in, dialect.charset()), pairs);
    }

    /** Returns a reader of examples that are in memory. */
    public static TextReader of(Dataset examples) {
        return of(examples.name(), examples.iterator(), ROWS);
    }

    /**
     * Returns a reader of examples that an iterator makes one by one. It reads on only as far as the next part.
     *
     * @param name the examples' name in messages
     * @param most the most rows of a part
     */
    public static TextReader of(String name, Iterator<Example> examples, int most) {
        return new TextReader(
                name,
                () -> {},
                () -> examples.hasNext() ? Optional.of(Row.of(examples.next())) : Optional.empty(),
                () -> true,
                Optional.empty(),
                most);
    }

    private static TextReader lines(TextSource source, boolean pairs) {
        return new TextReader(
                source.name(),
                source::close,
                () -> source.next().map(line -> row(line, pairs)),
                source::ready,
                Optional.empty());
    }

    private static Row row(TextSource.Line line, boolean pairs) {
        if (line.blank()) {
            return new Row(line.number(), Optional.empty(), Optional.empty());
        }
        if (line.problem().isPresent()) {
            return Row.bad(line.number(), line.problem().get());
        }
        if (!pairs) {
            return Row.of(new Example(line.text(), Optional.empty(), Optional.empty(), line.number()));
        }
        String[] texts = line.text().split("\t", -1);
        return texts.length != 2 || Example.blank(texts[0]) || Example.blank(texts[1])
                ? Row.bad(line.number(), "is not two texts with a tab between them")
                : Row.of(new Example(texts[0], Optional.of(texts[1]), Optional.empty(), line.number()));
    }

    private static TextReader table(Path file, ColumnNames names, Dialect dialect) {
        List<String> columns = columns(file, dialect);
        Columns wanted = names.choose(new Table(file.toString(), columns, List.of(), new BadRows(file.toString())));
        RowReader rows = FileFormat.open(file, true, columns, dialect);
        return new TextReader(
                file.toString(),
                rows::close,
                () -> rows.next().map(raw -> row(raw, columns.size(), wanted)),
                () -> true,
                Optional.of(wanted));
    }

    private static Row row(RowReader.RawRow raw, int width, Columns wanted) {
        Table.Row row = new Table.Row(raw.line(), raw.cells());
        return raw.problem()
                .or(() -> Table.problem(row, width, wanted))
                .map(problem -> Row.bad(raw.line(), problem))
                .orElseGet(() -> Row.of(Table.example(row, wanted)));
    }

    private static List<String> columns(Path file, Dialect dialect) {
        try (RowReader rows = FileFormat.open(file, true, List.of(), dialect)) {
            boolean any = rows.next().isPresent();
            while (rows.grows() && rows.next().isPresent()) {
                // Even the last object may have a new key.
            }
            Table.demandRows(file.toString(), rows.columns(), any, new BadRows(file.toString()));
            return rows.columns();
        }
    }

    /** Returns the name of the file or stream in messages. */
    public String name() {
        return name;
    }

    /** The columns that are read of a table; none if the texts are lines. */
    public Optional<Columns> columns() {
        return columns;
    }

    /**
     * Returns the next rows; none at the end. It waits for the first of them only, and adds the rows that have arrived
     * already. So a program that writes a line and waits for the answer gets it.
     *
     * @throws InputException if the input ends without a single text that can be used
     */
    public List<Row> next() {
        List<Row> part = new ArrayList<>();
        long characters = 0;
        while (part.size() < most && characters < CHARACTERS && (part.isEmpty() || ready.getAsBoolean())) {
            Optional<Row> row = rows.get();
            if (row.isEmpty()) {
                break;
            }
            part.add(row.get());
            any |= row.get().example().isPresent();
            bad |= row.get().problem().isPresent();
            characters += row.get()
                    .example()
                    .map(example -> example.text().length()
                            + example.pair().map(String::length).orElse(0))
                    .orElse(0);
        }
        if (part.isEmpty() && !any) {
            throw new InputException(name
                    + (bad
                            ? ": no row holds a text that can be used; correct the rows"
                            : ": holds no text; give one text a line"));
        }
        return part;
    }

    @Override
    public void close() {
        close.run();
    }
}
