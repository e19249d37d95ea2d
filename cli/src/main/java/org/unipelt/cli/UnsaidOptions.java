package org.unipelt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.interop.Import;
import picocli.CommandLine.Option;

/** What a folder of another library does not say. */
final class UnsaidOptions {
    @Option(
            names = "--labels",
            paramLabel = "NAMES",
            hideParamSyntax = true,
            split = ",",
            description =
                    "The classes, in the order of the head's outputs. Default: those that the folder names. relevance: the only"
                            + " output is the relevance of a text to a query.")
    private @Nullable List<String> labels;

    @Option(names = "--pairs", description = "The model reads pairs of texts.")
    private boolean pairs;

    Import.Unsaid unsaid() {
        return new Import.Unsaid(Optional.ofNullable(labels), pairs);
    }

    /** Refuses these options for a folder that says all this itself. */
    void refuse(Path folder) {
        if (labels != null || pairs) {
            throw new InputException(
                    folder + ": its adapter.json says what its labels are and what it reads; leave out "
                            + (labels != null ? "--labels" : "--pairs"));
        }
    }
}
