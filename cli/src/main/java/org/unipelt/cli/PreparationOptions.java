package org.unipelt.cli;

import org.unipelt.data.Preparation;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How tables are read, and what is done to their rows. */
final class PreparationOptions {
    static final String WHAT_SKIP = "Leaves out rows that cannot be used, and says which. Default: they are an error.";

    @ArgGroup(validate = false)
    private FileOptions file = new FileOptions();

    @Option(names = "--skip-bad-rows", description = WHAT_SKIP)
    private boolean skip;

    @Option(
            names = "--merge-case",
            description = "Takes labels that differ in case, blanks or Unicode form only as one class.")
    private boolean merge;

    @Option(
            names = "--min-rows-per-class",
            paramLabel = "N",
            description = "Leaves out classes with fewer training rows. Default: 1.")
    private int least = 1;

    Preparation preparation() {
        return new Preparation(file.dialect(), skip, merge, least);
    }
}
