package org.unipelt.data;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.unipelt.InputException;

/** Reads TSV and CSV. A header in the first row gives the columns their names. */
final class DelimitedReader implements RowReader {
    private final boolean header;
    private final Supplier<Optional<RawRow>> records;
    private final TextSource source;
    private final String name;
    private List<String> columns = List.of();

    private DelimitedReader(TextSource source, boolean header, Supplier<Optional<RawRow>> records) {
        this.source = source;
        this.name = source.name();
        this.header = header;
        this.records = records;
    }

    /** Reads cells with tabs between them; quotes have no meaning. */
    static DelimitedReader tsv(TextSource source, boolean header) {
        Supplier<Optional<RawRow>> lines = () -> source.next()
                .map(line -> new RawRow(
                        line.number(), line.problem(), Arrays.asList(line.text().split("\t", -1))));
        return new DelimitedReader(source, header, lines);
    }

    /** Reads RFC 4180 with any delimiter. A quoted cell may have several lines; the row's line is the first of them. */
    static DelimitedReader csv(TextSource source, boolean header, char delimiter) {
        return new DelimitedReader(source, header, new CsvRecords(source, delimiter));
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public Optional<RawRow> next() {
        for (Optional<RawRow> next = records.get(); next.isPresent(); next = records.get()) {
            RawRow row = next.get();
            if (row.blank()) {
                continue;
            }
            if (columns.isEmpty() && header) {
                demandReadable(row);
                columns = row.cells().stream().map(String::strip).toList();
                continue;
            }
            if (columns.isEmpty()) {
                columns = IntStream.rangeClosed(1, row.cells().size())
                        .mapToObj(Integer::toString)
                        .toList();
            }
            return next;
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        source.close();
    }

    /** Throws if the header cannot be read: without it, the cells have no meaning. */
    private void demandReadable(RawRow head) {
        BadRows bad = new BadRows(name);
        head.problem().ifPresent(problem -> bad.add(head.line(), problem));
        bad.throwIfAny();
    }

    /** The records of a CSV file. */
    private static final class CsvRecords implements Supplier<Optional<RawRow>> {
        private final TextSource source;
        private final char delimiter;
        private final SourceReader characters;
        private final CSVParser parser;
        private final Iterator<CSVRecord> records;
        private int start = 1;
        private boolean ended;

        CsvRecords(TextSource source, char delimiter) {
            this.source = source;
            this.delimiter = delimiter;
            this.characters = new SourceReader(source);
            try {
                parser = CSVParser.builder()
                        .setReader(characters)
                        .setFormat(CSVFormat.RFC4180
                                .builder()
                                .setDelimiter(delimiter)
                                .get())
                        .get();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            this.records = parser.iterator();
        }

        @Override
        public Optional<RawRow> get() {
            characters.rowBegins(start);
            try {
                if (ended || !records.hasNext()) {
                    return Optional.empty();
                }
                CSVRecord cells = records.next();
                int line = start;
                int end = (int) parser.getCurrentLineNumber();
                start = end + 1;
                return Optional.of(new RawRow(line, characters.problem(line, end), cells.toList()));
            } catch (UncheckedIOException e) {
                // A quote that never closes takes in the rest of the file, so nothing after this row can be trusted.
                ended = true;
                if (FileFormat.outsideQuotes(characters.header).indexOf(delimiter) < 0) {
                    FileFormat.divider(characters.header).ifPresent(divider -> {
                        throw new InputException(
                                source.name() + ":" + start + ": its quotes do not match, and " + divider, e);
                    });
                }
                return Optional.of(new RawRow(
                        start, Optional.of("its quotes do not match (the rows after it were not read)"), List.of()));
            }
        }
    }

    /** Reads the lines of a source as one stream of characters, and remembers which lines were malformed. */
    private static final class SourceReader extends Reader {
        private static final int LONGEST_HEADER = 1000;

        private final TextSource source;
        private final Map<Integer, String> problems = new HashMap<>();
        /** The beginning of the first line. */
        private String header = "";

        private String line = "";
        private int place;
        private int row;
        private long taken;

        SourceReader(TextSource source) {
            this.source = source;
        }

        /** Says that a row begins at this line; the parser may have read ahead a little. */
        void rowBegins(int number) {
            row = number;
            taken = 0;
        }

        /** Removes and returns the problem of the first malformed line in a range, both ends included. */
        Optional<String> problem(int first, int last) {
            return problems.isEmpty()
                    ? Optional.empty()
                    : IntStream.rangeClosed(first, last)
                            .mapToObj(problems::remove)
                            .filter(problem -> problem != null)
                            .toList()
                            .stream()
                            .findFirst();
        }

        @Override
        public int read(char[] buffer, int offset, int length) {
            if (place == line.length()) {
                Optional<TextSource.Line> next = source.next();
                if (next.isEmpty()) {
                    return -1;
                }
                next.get()
                        .problem()
                        .ifPresent(problem -> problems.put(next.get().number(), problem));
                line = next.get().text() + "\n";
                place = 0;
                if (next.get().number() == 1) {
                    header = line.substring(0, Math.min(LONGEST_HEADER, line.length()));
                }
                taken += line.length();
                source.demandWithinLimit(row, taken);
            }
            int count = Math.min(length, line.length() - place);
            line.getChars(place, place + count, buffer, offset);
            place += count;
            return count;
        }

        @Override
        public void close() {
            // Whoever opened the source closes it.
        }
    }
}
