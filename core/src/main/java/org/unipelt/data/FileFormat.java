package org.unipelt.data;

import java.util.List;
import java.util.Locale;
import org.unipelt.InputException;

/** How a table is written, told by the ending of its file's name; each may have {@code .gz} behind it. */
enum FileFormat {
    /** Columns between tabs, one row a line, no quoting: a {@code "} is an ordinary character. */
    TSV(List.of(".tsv", ".txt")),
    /** RFC 4180: commas, and quotes around cells that need them. */
    CSV(List.of(".csv")),
    /** One JSON object a line. */
    JSON_LINES(List.of(".jsonl", ".ndjson", ".json"));

    private static final String GZIP = ".gz";

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
        String name = file.toLowerCase(Locale.ROOT);
        String plain = gzipped(name) ? name.substring(0, name.length() - GZIP.length()) : name;
        for (FileFormat format : values()) {
            if (format.endings.stream().anyMatch(plain::endsWith)) {
                return format;
            }
        }
        throw new InputException(file
                + ": the ending does not say what this is; give a file ending in .tsv, .txt, .csv, .jsonl, .ndjson or"
                + " .json, each also with .gz");
    }

    /** Whether a file of this name is compressed. */
    static boolean gzipped(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(GZIP);
    }
}
