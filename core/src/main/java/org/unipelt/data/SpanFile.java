package org.unipelt.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.unipelt.InputException;

/**
 * Texts with labelled spans from a file, in one of two forms: JSON Lines with a text and its spans, or CoNLL, a word and its
 * tag a line. A file ending in {@code .jsonl}, {@code .ndjson} or {@code .json} is JSON Lines, any other CoNLL, whatever its
 * ending; {@code .gz} may follow.
 *
 * @param rows the texts; the label of each is the text of a {@link SpanSet}
 * @param form the form of the file in a few words, e.g. {@code CoNLL, tags in IOB2}
 */
public record SpanFile(Dataset rows, String form) {
    private static final Pattern JSON_LINES = Pattern.compile(".*\\.(jsonl|ndjson|json)(\\.gz)?");
    private static final Pattern CONLL = Pattern.compile(".*\\.(conll|bio|iob|iob1|iob2|bioes|iobes|bilou)(\\.gz)?");
    private static final Pattern TABLE = Pattern.compile(".*\\.(csv|parquet|xlsx)(\\.gz)?");

    /** Checks that nothing is null. */
    public SpanFile {
        Objects.requireNonNull(rows, "rows is null");
        Objects.requireNonNull(form, "form is null");
    }

    /** Returns whether a file of this name is read as CoNLL. */
    public static boolean isConll(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return !JSON_LINES.matcher(name).matches() && !TABLE.matcher(name).matches();
    }

    /** Returns whether the ending of a file's name says CoNLL: {@code .conll}, {@code .bio}, {@code .iob} and the like. */
    public static boolean saysConll(Path file) {
        return CONLL.matcher(file.toString().toLowerCase(Locale.ROOT)).matches();
    }

    /**
     * Reads a file.
     *
     * @param columns the keys of text and spans, if not the usual ones, and whether spans are read
     * @param how encoding, and whether bad rows are left out
     * @param remarks receives a sentence about the rows that were left out
     * @throws InputException if the file cannot be read, has bad rows, or is a table of another form
     */
    public static SpanFile read(Path file, ColumnNames columns, Preparation how, Consumer<String> remarks) {
        Objects.requireNonNull(columns, "columns is null");
        Objects.requireNonNull(how, "how is null");
        Objects.requireNonNull(remarks, "remarks is null");
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (TABLE.matcher(name).matches()) {
            throw new InputException(
                    file + ": is a table; names found in texts come from JSON Lines (.jsonl) or CoNLL (.conll)");
        }
        if (how.dialect().delimiter().isPresent()) {
            throw InputException.about(
                    "delimiter",
                    file + ": has no delimiter to choose; leave out --delimiter with names found in texts");
        }
        boolean conll = isConll(file);
        if (conll && (columns.text().isPresent() || columns.label().isPresent())) {
            throw new InputException(
                    file + ": is CoNLL, whose first column is the word and whose last is the tag; leave"
                            + " out --text and --label");
        }
        Optional<Consumer<String>> skip = how.skipBadRows() ? Optional.of(remarks) : Optional.empty();
        try (TextSource source = TextSource.open(file, how.dialect().charset())) {
            return conll
                    ? ConllReader.read(source, columns.labelled(), skip)
                    : SpanLinesReader.read(source, columns, skip);
        }
    }
}
