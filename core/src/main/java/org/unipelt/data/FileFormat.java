package org.unipelt.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * How a file of texts is written, told by the ending of its name; each may have {@code .gz} behind it. This is the one place
 * that knows what a file is.
 */
enum FileFormat {
    /** Columns between tabs, one row a line, no quoting: a {@code "} is an ordinary character. */
    TSV(List.of(".tsv", ".txt")),
    /** RFC 4180: commas, semicolons or tabs, and quotes around cells that need them. */
    CSV(List.of(".csv")),
    /** One JSON object a line. */
    JSON_LINES(List.of(".jsonl", ".ndjson", ".json")),
    /** One text a line, and so without labels. */
    LINES(List.of());

    private static final String GZIP = ".gz";
    private static final String TEXT = ".txt";

    private static final Pattern MARKUP = Pattern.compile("(?i)\\s*<(!doctype html|html|head|\\?xml)\\b");

    private final List<String> endings;

    FileFormat(List<String> endings) {
        this.endings = endings;
    }

    /**
     * The format of a file of this name.
     *
     * @throws InputException if no format has this ending
     */
    static FileFormat of(String file) {
        return byEnding(file)
                .orElseThrow(() -> new InputException(file
                        + ": the ending does not say what this is; give a file ending in .tsv, .txt, .csv, .jsonl,"
                        + " .ndjson or .json, each also with .gz"));
    }

    /**
     * The format where labels are not needed: also lines of text, which is what a file without a known ending holds, and
     * one ending in {@code .txt} whose first line names no columns.
     *
     * @param source the file, opened; its first line stays to be read
     * @param names the columns that are wanted
     */
    static FileFormat ofTexts(TextSource source, ColumnNames names) {
        FileFormat format = byEnding(source.name()).orElse(LINES);
        boolean headless = mayBeLines(source.name())
                && !names.head(source.peek()
                        .map(line -> Arrays.asList(line.text().split("\t", -1)))
                        .orElse(List.of()));
        return headless ? LINES : format;
    }

    /** Whether a file of this name may hold lines of text, which a pipe can hold as well. */
    static boolean mayBeLines(String file) {
        return byEnding(file).isEmpty() || plain(file).endsWith(TEXT);
    }

    private static Optional<FileFormat> byEnding(String file) {
        String plain = plain(file);
        return Arrays.stream(values())
                .filter(format -> format.endings.stream().anyMatch(plain::endsWith))
                .findFirst();
    }

    /** The name in lower case, without {@code .gz}. */
    private static String plain(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return gzipped(name) ? name.substring(0, name.length() - GZIP.length()) : name;
    }

    /**
     * Reads the rows of a table in this format.
     *
     * @param header whether the first row names the columns
     * @param known the columns, as far as they are known from reading it before
     * @param delimiter what stands between cells; none if the file tells
     * @throws InputException if the source is a page of the web; if a delimiter is given for JSON Lines
     */
    RowReader rows(TextSource source, boolean header, List<String> known, Optional<Character> delimiter) {
        String first = source.peek().map(TextSource.Line::text).orElse("");
        if (MARKUP.matcher(first).lookingAt()) {
            throw new InputException(
                    source.name() + ": is a web page or XML, not a table; fetch the file that the page shows");
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
                yield new JsonLinesReader(source, known);
            }
            case LINES -> throw new IllegalStateException("lines have no columns");
        };
    }

    /** What divides the first line of a {@code .csv}: whichever of comma, semicolon and tab is most frequent in it. */
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

    /** A line without what stands in quotes. */
    static String outsideQuotes(String header) {
        return header.replaceAll("\"[^\"]*\"", "");
    }

    /** Which divider a header seems to have instead of the wanted one, as a part of a message. */
    static Optional<String> divider(String header) {
        String outside = outsideQuotes(header);
        return Stream.of(";", "\t", ",", "|")
                .filter(outside::contains)
                .findFirst()
                .map(divider -> "the header looks divided by " + (divider.equals("\t") ? "tabs" : "'" + divider + "'")
                        + "; say so with --delimiter");
    }

    /** Whether a file of this name is compressed. */
    static boolean gzipped(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(GZIP);
    }
}
