package org.unipelt.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * The format of a file of texts. The ending of its name decides, and {@code .gz} may follow each ending. No other class
 * decides what a file is.
 */
enum FileFormat {
    /** Cells with tabs between them, one row a line, no quoting: a {@code "} is an ordinary character. */
    TSV(List.of(".tsv", ".txt")),
    /** RFC 4180 with commas, semicolons or tabs, and quotes around cells that need them. */
    CSV(List.of(".csv")),
    /** One JSON object a line. */
    JSON_LINES(List.of(".jsonl", ".ndjson", ".json")),
    /** One text a line, without labels. */
    LINES(List.of());

    private static final String GZIP = ".gz";
    private static final String TEXT = ".txt";
    private static final String PARQUET = ".parquet";

    private static final Pattern MARKUP = Pattern.compile("(?i)\\s*<(!doctype html|html|head|\\?xml)\\b");

    private final List<String> endings;

    FileFormat(List<String> endings) {
        this.endings = endings;
    }

    /**
     * Opens a table of any format.
     *
     * @param header whether the first row names the columns; ignored if the format itself names them
     * @param known the columns that an earlier reading found
     * @throws InputException if no format has this ending, or the file cannot be read
     */
    static RowReader open(Path file, boolean header, List<String> known, Dialect dialect) {
        return open(file, header, known, dialect, column -> false);
    }

    /**
     * Opens a table in which some columns may hold lists.
     *
     * @param lists whether an array under a key of JSON Lines is a cell: its JSON
     * @throws InputException as {@link #open(Path, boolean, List, Dialect)}
     */
    static RowReader open(Path file, boolean header, List<String> known, Dialect dialect, Predicate<String> lists) {
        Optional<TableFormat> binary = binary(file);
        if (binary.isPresent()) {
            if (!dialect.equals(Dialect.USUAL)) {
                throw InputException.about(
                        dialect.delimiter().isPresent() ? "delimiter" : "encoding",
                        file + ": is not text, so it has no delimiter and no encoding; leave both out");
            }
            return BinaryReader.open(file, binary.get());
        }
        FileFormat format = byEnding(file.toString())
                .orElseThrow(() -> new InputException(file
                        + ": the ending does not say what this is; give a file ending in .tsv, .txt, .csv, .jsonl,"
                        + " .ndjson or .json, each also with .gz, or in .parquet"));
        TextSource source = TextSource.open(file, dialect.charset());
        try {
            return format.rows(source, header, known, dialect.divider(), lists);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /**
     * Returns the format of a file that is not text.
     *
     * @throws InputException if it is Parquet, and the module that reads it is missing
     */
    static Optional<TableFormat> binary(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        for (TableFormat format : ServiceLoader.load(TableFormat.class, TableFormat.class.getClassLoader())) {
            if (name.endsWith(format.ending())) {
                return Optional.of(format);
            }
        }
        if (name.endsWith(PARQUET)) {
            throw new InputException(file
                    + ": the module that reads Parquet is missing; add org.unipelt:unipelt-parquet to the class path");
        }
        return Optional.empty();
    }

    /**
     * Returns the format of a file that needs no labels, which may also be lines of text. A file without a known ending
     * has lines of text, and so has one ending in {@code .txt} whose first line names no columns.
     *
     * @param source the opened file; its first line can still be read
     * @param names the columns to read
     */
    static FileFormat ofTexts(TextSource source, ColumnNames names) {
        FileFormat format = byEnding(source.name()).orElse(LINES);
        boolean headless = mayBeLines(source.name())
                && !names.head(source.peek()
                        .map(line -> Arrays.asList(line.text().split("\t", -1)))
                        .orElse(List.of()));
        return headless ? LINES : format;
    }

    /** Returns whether a file of this name may hold lines of text; only such a file may be a pipe. */
    static boolean mayBeLines(String file) {
        return byEnding(file).isEmpty() || plain(file).endsWith(TEXT);
    }

    private static Optional<FileFormat> byEnding(String file) {
        String plain = plain(file);
        return Arrays.stream(values())
                .filter(format -> format.endings.stream().anyMatch(plain::endsWith))
                .findFirst();
    }

    /** Returns the name in lower case, without {@code .gz}. */
    private static String plain(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return gzipped(name) ? name.substring(0, name.length() - GZIP.length()) : name;
    }

    /**
     * Reads the rows of a table in this format. The reader owns the source.
     *
     * @param header whether the first row names the columns
     * @param known the columns that an earlier reading found
     * @param delimiter the character between cells; if empty, the format and the first line decide
     * @param lists whether an array under a key of JSON Lines is a cell
     * @throws InputException if the source is a web page, or if a delimiter is given for JSON Lines
     */
    private RowReader rows(
            TextSource source,
            boolean header,
            List<String> known,
            Optional<Character> delimiter,
            Predicate<String> lists) {
        String first = source.peek().map(TextSource.Line::text).orElse("");
        if (MARKUP.matcher(first).lookingAt()) {
            throw new InputException(
                    source.name() + ": is a web page or XML, not a table; download the file that the page shows");
        }
        return switch (this) {
            case TSV ->
                delimiter
                        .filter(given -> given != '\t')
                        .map(given -> DelimitedReader.csv(source, header, given))
                        .orElseGet(() -> DelimitedReader.tsv(source, header));
            case CSV -> DelimitedReader.csv(source, header, delimiter.orElseGet(() -> delimiter(first)));
            case JSON_LINES -> {
                if (delimiter.isPresent()) {
                    throw InputException.about(
                            "delimiter",
                            source.name() + ": is JSON Lines, which has no delimiter; leave out --delimiter");
                }
                yield new JsonLinesReader(source, known, lists);
            }
            case LINES -> throw new IllegalStateException("lines have no columns");
        };
    }

    /** Returns the delimiter of a {@code .csv}: the most frequent of comma, semicolon and tab in its first line. */
    private static char delimiter(String header) {
        String outside = outsideQuotes(header);
        char most = ',';
        for (char divider : new char[] {';', '\t'}) {
            most = count(outside, divider) > count(outside, most) ? divider : most;
        }
        return most;
    }

    private static long count(String text, char wanted) {
        return text.chars().filter(c -> c == wanted).count();
    }

    /** Returns a line without its quoted parts. */
    static String outsideQuotes(String header) {
        return header.replaceAll("\"[^\"]*\"", "");
    }

    /** Returns a part of a message: the delimiter that a header seems to have instead of the expected one. */
    static Optional<String> divider(String header) {
        String outside = outsideQuotes(header);
        return Stream.of(";", "\t", ",", "|")
                .filter(outside::contains)
                .findFirst()
                .map(divider -> "the header looks divided by " + (divider.equals("\t") ? "tabs" : "'" + divider + "'")
                        + "; say so with --delimiter");
    }

    /** Returns whether a file of this name is compressed. */
    static boolean gzipped(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(GZIP);
    }
}
