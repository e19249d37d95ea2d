package org.unipelt.data;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads TSV and CSV: the first row, if it is a header, gives the columns' names. */
final class DelimitedReader {
    private final boolean header;
    private final BadRows bad;
    private final List<Integer> blank = new ArrayList<>();
    private final List<Table.Row> rows = new ArrayList<>();
    private List<String> columns = List.of();

    private DelimitedReader(TextSource source, boolean header) {
        this.header = header;
        this.bad = new BadRows(source.name());
    }

    /** Tabs between cells; nothing is quoted. */
    static Table tsv(TextSource source, boolean header) {
        DelimitedReader reader = new DelimitedReader(source, header);
        for (Optional<TextSource.Line> next = source.next(); next.isPresent(); next = source.next()) {
            TextSource.Line line = next.get();
            if (line.blank()) {
                reader.blank.add(line.number());
            } else {
                reader.row(
                        line.number(), line.problem(), Arrays.asList(line.text().split("\t", -1)));
            }
        }
        return reader.table(source);
    }

    /** RFC 4180; a quoted cell may go on over several lines, and its row counts as standing on the first. */
    static Table csv(TextSource source, boolean header) {
        DelimitedReader reader = new DelimitedReader(source, header);
        SourceReader characters = new SourceReader(source);
        int start = 1;
        try (CSVParser parser = CSVParser.builder()
                .setReader(characters)
                .setFormat(CSVFormat.RFC4180)
                .get()) {
            try {
                Iterator<CSVRecord> records = parser.iterator();
                while (records.hasNext()) {
                    CSVRecord cells = records.next();
                    int end = (int) parser.getCurrentLineNumber();
                    Optional<String> problem = characters.problem(start, end);
                    if (problem.isEmpty() && cells.stream().allMatch(String::isBlank)) {
                        reader.blank.add(start);
                    } else {
                        reader.row(start, problem, cells.toList());
                    }
                    start = end + 1;
                }
            } catch (UncheckedIOException e) {
                // Quotes that never close swallow the rest of the file; nothing after this row can be trusted.
                reader.row(start, Optional.of("its quotes do not match (the rows after it were not read)"), List.of());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reader.table(source);
    }

    private void row(int line, Optional<String> problem, List<String> cells) {
        blank.forEach(number -> bad.add(number, "is blank"));
        blank.clear();
        if (problem.isPresent()) {
            bad.add(line, problem.get());
            if (columns.isEmpty() && header) {
                // Without its header nothing else in the file has a meaning.
                bad.throwIfAny();
            }
            return;
        }
        if (columns.isEmpty()) {
            columns = header
                    ? cells.stream().map(String::strip).toList()
                    : IntStream.rangeClosed(1, cells.size())
                            .mapToObj(Integer::toString)
                            .toList();
            if (header) {
                return;
            }
        }
        rows.add(new Table.Row(line, cells));
    }

    private Table table(TextSource source) {
        return new Table(source.name(), columns, rows, bad);
    }

    /** The lines of a source as one stream of characters, remembering which of them were malformed. */
    private static final class SourceReader extends Reader {
        private final TextSource source;
        private final Map<Integer, String> problems = new HashMap<>();
        private String line = "";
        private int place;

        SourceReader(TextSource source) {
            this.source = source;
        }

        /** What was wrong with the first malformed line in a range, both ends included. */
        Optional<String> problem(int first, int last) {
            return IntStream.rangeClosed(first, last)
                    .mapToObj(problems::get)
                    .filter(problem -> problem != null)
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
            }
            int count = Math.min(length, line.length() - place);
            line.getChars(place, place + count, buffer, offset);
            place += count;
            return count;
        }

        @Override
        public void close() {
            // The source is closed by whoever opened it.
        }
    }
}
