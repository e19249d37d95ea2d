package org.unipelt.cli;

import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.LabelKind;
import picocli.CommandLine.Option;

/** The columns of a table, and the kind of its labels. */
final class ColumnOptions {
    @Option(
            names = "--text",
            paramLabel = "COLUMN",
            description = "Column of the text, if not called text or sentence.")
    private @Nullable String text;

    @Option(
            names = "--pair",
            paramLabel = "COLUMN",
            description =
                    "Column of the second text, if there is one. With --task rank the text to rank; --text is then"
                            + " the query, and --label the grade or click.")
    private @Nullable String pair;

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            description = "Column of the label, or of the target text, if not called label. With --labels multi also"
                    + " several columns of 0 and 1, one for each label, with commas between their names.")
    private @Nullable String label;

    @Option(
            names = "--labels",
            paramLabel = "auto|classes|score|multi|relevance",
            description =
                    "What the labels are; multi: any number of labels a row, as a JSON array, with a separator"
                            + " between, or in columns of 0 and 1; relevance: grades or clicks of a text for a query. Default: auto, one label a row, by what it looks like.")
    private @Nullable LabelKind labels;

    Optional<String> text() {
        return Optional.ofNullable(text);
    }

    Optional<String> pair() {
        return Optional.ofNullable(pair);
    }

    Optional<String> label() {
        return Optional.ofNullable(label);
    }

    /** The kind of labels, if given. */
    Optional<LabelKind> labels() {
        return Optional.ofNullable(labels);
    }

    /** Whether a column was given. */
    boolean isAnyNamed() {
        return Stream.of(text(), pair(), label()).anyMatch(Optional::isPresent);
    }
}
