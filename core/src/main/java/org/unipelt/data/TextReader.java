package org.unipelt.data;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.unipelt.InputException;

/**
 * Reads texts to predict, a part at a time: memory does not grow with their number. A file is checked from end to end before
 * its first part, so that bad rows are told before anything is predicted; a stream is checked as it comes.
 */
public final class TextReader implements AutoCloseable {
    /** A part has so many examples at most, and not many more characters than that. */
    private static final int EXAMPLES = 1024;

    private static final int CHARACTERS = 4 << 20;

    private final String name;
    private final Runnable close;
    private final BadRows bad;
    private final Supplier<Optional<Example>> examples;
    private final Optional<Columns> columns;
    private long read;

    private TextReader(
            String name, Runnable close, BadRows bad, Supplier<Optional<Example>> examples, Optional<Columns> columns) {
        this.name = name;
        this.close = close;
        this.bad = bad;
        this.examples = examples;
        this.columns = columns;
    }

    /**
     * Opens a table, as its ending says, or a file of lines: one of any other ending, and one ending in {@code .txt} unless
     * tabs divide its first line and a column that is wanted is named there. A pipe can hold lines only.
     *
     * @param names the columns that are wanted of a table
     * @param pairs whether a line holds two texts with a tab between them
     * @throws InputException if the file cannot be read, holds no text, or lacks a column; if rows are bad
     */
    public static TextReader open(Path file, ColumnNames names, boolean pairs) {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            return openPipe(file, names, pairs);
        }
        FileFormat format;
        try (TextSource source = TextSource.open(file)) {
            format = FileFormat.ofTexts(source, names);
        }
        Supplier<TextReader> reader =
                format == FileFormat.LINES ? () -> lines(TextSource.open(file), pairs) : table(file, format, names);
        try (TextReader check = reader.get()) {
            check.toTheEnd();
        }
        return reader.get();
    }

    private static TextReader openPipe(Path file, ColumnNames names, boolean pairs) {
        if (FileFormat.mayBeLines(file.toString())) {
            TextSource source = TextSource.openAny(file);
            if (FileFormat.ofTexts(source, names) == FileFormat.LINES) {
                return lines(source, pairs);
            }
            source.close();
        }
        throw TextSource.notRegular(file);
    }

    /**
     * Reads lines from a stream, which is closed with this. Blank lines at the end are ignored.
     *
     * @param name what messages call the stream, e.g. {@code standard input}
     * @param pairs whether a line holds two texts with a tab between them
     */
    public static TextReader of(String name, InputStream in, boolean pairs) {
        return lines(TextSource.of(name, in), pairs);
    }

    /** Examples that are at hand. */
    public static TextReader of(Dataset examples) {
        Iterator<Example> all = examples.iterator();
        return new TextReader(
                examples.name(),
                () -> {},
                new BadRows(examples.name()),
                () -> all.hasNext() ? Optional.of(all.next()) : Optional.empty(),
                Optional.empty());
    }

    private static TextReader lines(TextSource source, boolean pairs) {
        BadRows bad = new BadRows(source.name());
        return new TextReader(source.name(), source::close, bad, new Lines(source, pairs, bad), Optional.empty());
    }

    private static Supplier<TextReader> table(Path file, FileFormat format, ColumnNames names) {
        List<String> columns = columns(file, format);
        Columns wanted = names.choose(new Table(file.toString(), columns, List.of(), new BadRows(file.toString())));
        return () -> {
            TextSource source = TextSource.open(file);
            BadRows bad = new BadRows(source.name());
            RowReader rows = format.rows(source, true, columns, bad);
            return new TextReader(
                    source.name(),
                    source::close,
                    bad,
                    () -> example(rows, columns.size(), wanted, bad),
                    Optional.of(wanted));
        };
    }

    private static List<String> columns(Path file, FileFormat format) {
        try (TextSource source = TextSource.open(file)) {
            BadRows bad = new BadRows(source.name());
            RowReader rows = format.rows(source, true, List.of(), bad);
            boolean any = rows.next().isPresent();
            while (format == FileFormat.JSON_LINES && rows.next().isPresent()) {
                // The last object may have a key of its own.
            }
            Table.demandRows(source.name(), rows.columns(), any, bad);
            return rows.columns();
        }
    }

    private static Optional<Example> example(RowReader rows, int width, Columns wanted, BadRows bad) {
        for (Optional<Table.Row> row = rows.next(); row.isPresent(); row = rows.next()) {
            Optional<Example> example = Table.example(row.get(), width, wanted, bad);
            if (example.isPresent()) {
                return example;
            }
        }
        return Optional.empty();
    }

    /** The examples on lines. */
    private record Lines(TextSource source, boolean pairs, BadRows bad) implements Supplier<Optional<Example>> {
        @Override
        public Optional<Example> get() {
            for (Optional<TextSource.Line> next = source.next(); next.isPresent(); next = source.next()) {
                TextSource.Line line = next.get();
                if (line.blank()) {
                    bad.addBlank(line.number());
                    continue;
                }
                bad.goOn();
                String[] texts = pairs ? line.text().split("\t", -1) : new String[] {line.text()};
                if (line.problem().isPresent()) {
                    bad.add(line.number(), line.problem().get());
                } else if (!pairs) {
                    return Optional.of(new Example(line.text(), Optional.empty(), Optional.empty(), line.number()));
                } else if (texts.length != 2 || Example.blank(texts[0]) || Example.blank(texts[1])) {
                    bad.add(line.number(), "is not two texts with a tab between them");
                } else {
                    return Optional.of(new Example(texts[0], Optional.of(texts[1]), Optional.empty(), line.number()));
                }
            }
            return Optional.empty();
        }
    }

    /** The columns that are read of a table; none if the texts are lines. */
    public Optional<Columns> columns() {
        return columns;
    }

    /**
     * The next examples; none at the end.
     *
     * @throws InputException if rows are bad, or the end comes before any text
     */
    public Dataset next() {
        List<Example> part = new ArrayList<>();
        long characters = 0;
        while (part.size() < EXAMPLES && characters < CHARACTERS) {
            Optional<Example> example = examples.get();
            if (example.isEmpty()) {
                break;
            }
            part.add(example.get());
            characters += example.get().text().length()
                    + example.get().pair().map(String::length).orElse(0);
        }
        read += part.size();
        demandText();
        return new Dataset(name, part);
    }

    /** Reads all that there is, and keeps nothing of it. */
    private void toTheEnd() {
        while (examples.get().isPresent()) {
            read++;
        }
        demandText();
    }

    private void demandText() {
        bad.throwIfAny();
        if (read == 0) {
            throw new InputException(name + ": holds no text; give one text a line");
        }
    }

    @Override
    public void close() {
        close.run();
    }
}
