package org.unipelt.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * The columns of a table that hold text and label.
 *
 * @param text the text, or the first of two
 * @param pair the second text
 * @param label the label; empty if only texts are read, or if rows have several labels
 * @param several the labels of rows that have several; empty if they have one, or if only texts are read
 * @param blankTexts whether one of two texts may be blank, as happens in GLUE's own files
 */
public record Columns(
        Column text,
        Optional<Column> pair,
        Optional<Column> label,
        Optional<LabelColumns> several,
        boolean blankTexts) {
    /** Checks that no column is used twice. */
    public Columns {
        List<Column> all = new ArrayList<>(List.of(text));
        pair.ifPresent(all::add);
        label.ifPresent(all::add);
        several.ifPresent(labels -> all.addAll(labels.columns()));
        HashSet<Column> seen = new HashSet<>();
        for (Column column : all) {
            if (!seen.add(column)) {
                throw new InputException("column '" + column.name()
                        + "' is asked for twice; name different columns for text, second text and label");
            }
        }
    }

    /** Columns of rows that have one label at most. */
    public Columns(Column text, Optional<Column> pair, Optional<Column> label, boolean blankTexts) {
        this(text, pair, label, Optional.empty(), blankTexts);
    }

    /** Returns the one or two columns of text. */
    public List<Column> texts() {
        return pair.map(second -> List.of(text, second)).orElse(List.of(text));
    }
}
