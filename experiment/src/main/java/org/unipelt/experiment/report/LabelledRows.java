package org.unipelt.experiment.report;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;

/**
 * Labelled rows to judge a tuned model by.
 *
 * @param rows the rows; empty if there are none
 * @param origin what they are, or why there are none: words that follow "judged by" or "not judged:"
 */
public record LabelledRows(Optional<Dataset> rows, String origin) {
    /** Checks that nothing is null. */
    public LabelledRows {
        Objects.requireNonNull(rows, "rows is null");
        Objects.requireNonNull(origin, "origin is null");
    }

    /** Rows that the caller gives. */
    public static LabelledRows of(Dataset rows) {
        Objects.requireNonNull(rows, "rows is null");
        return new LabelledRows(Optional.of(rows), "the " + count(rows) + " of " + rows.name());
    }

    /**
     * The test rows of a model's training, or its development rows if there were no others. Reads the files of the
     * training again; rows that differ from those of the training are not used.
     */
    public static LabelledRows ofTraining(AdapterCard card) {
        Objects.requireNonNull(card, "card is null");
        if (card.source().isEmpty()) {
            return none("the model does not say which files it was trained on");
        }
        Map<String, AdapterCard.DataPart> parts =
                card.provenance().orElseThrow().data().parts();
        String part = parts.containsKey("test") ? "test" : "dev";
        if (!parts.containsKey(part)) {
            return none("the training kept no rows apart, all of them trained");
        }
        DataSpec.Loaded loaded;
        try {
            loaded = card.source().get().load();
        } catch (InputException e) {
            return none("the files of the training cannot be read any more (" + e.getMessage() + ")");
        }
        Optional<Dataset> rows = part.equals("test")
                ? loaded.split().test()
                : Optional.of(loaded.split().dev());
        if (rows.isEmpty() || !AdapterCard.DataPart.of(rows.get()).equals(parts.get(part))) {
            return none("the files of the training have changed since");
        }
        return new LabelledRows(
                rows,
                "the " + count(rows.get()) + (part.equals("test") ? " to test" : " for development") + " of the"
                        + " training");
    }

    private static LabelledRows none(String why) {
        return new LabelledRows(Optional.empty(), why);
    }

    private static String count(Dataset rows) {
        return String.format(java.util.Locale.ROOT, "%,d", rows.size()) + (rows.size() == 1 ? " row" : " rows");
    }
}
