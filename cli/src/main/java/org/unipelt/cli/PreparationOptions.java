package org.unipelt.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.Preparation;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say how to read tables, and which of their rows and labels change. */
final class PreparationOptions {
    static final String WHAT_SKIP =
            "Leaves out rows that cannot be used, and lists them. Default: such rows are an error.";

    static final String WHAT_SEPARATOR =
            "With several labels a row: the character between them, in a cell that is no JSON array.";

    @ArgGroup(validate = false)
    private FileOptions file = new FileOptions();

    @Option(names = "--skip-bad-rows", description = WHAT_SKIP)
    private boolean skip;

    @Option(
            names = "--merge-case",
            description = "Makes one class of labels that differ only in case, blanks or Unicode form.")
    private boolean merge;

    @Option(
            names = "--min-rows-per-class",
            paramLabel = "N",
            description = "Leaves out classes with fewer training rows. Default: 1.")
    private int least = 1;

    @Option(names = "--label-separator", paramLabel = "CHAR", description = WHAT_SEPARATOR + " Default: a comma.")
    private @Nullable String separator;

    Preparation preparation() {
        return new Preparation(file.dialect(), skip, merge, least, Optional.ofNullable(separator));
    }
}
