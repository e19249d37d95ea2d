package org.unipelt.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.Dialect;
import picocli.CommandLine.Option;

/** The options for a file with an unusual delimiter or encoding. */
final class FileOptions {
    @Option(
            names = "--delimiter",
            paramLabel = "CHAR",
            description =
                    "The character between cells, as in ';', or the word tab. Default: tabs in TSV and text files; in"
                            + " CSV commas, semicolons or tabs, whichever the first line has most of.")
    private @Nullable String delimiter;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of the file, such as windows-1252. Default: UTF-8.")
    private @Nullable String encoding;

    Dialect dialect() {
        return new Dialect(Optional.ofNullable(delimiter), Optional.ofNullable(encoding));
    }
}
