package org.unipelt.data;

import org.unipelt.Words;

/** The kind of a dataset's labels. */
public enum LabelKind {
    /** Decided from the labels themselves; see {@link Labels#of}. */
    AUTO,
    /** Names of classes, even if they look like numbers. */
    CLASSES,
    /** Numbers on a scale, predicted by regression. */
    SCORE,
    /** Several labels a row, or none: multi-label data. */
    MULTI,
    /** How relevant a text is to a query: grades, or clicks. */
    RELEVANCE,
    /** Labelled spans of the text, or none: names found in it. Token classification learns them. */
    TOKENS,
    /** Summaries of the source texts. */
    SUMMARY,
    /** Translations of the source texts. */
    TRANSLATION;

    /** Returns whether the labels are texts to generate. */
    public boolean isText() {
        return this == SUMMARY || this == TRANSLATION;
    }

    /** Returns its name in commands and files, e.g. {@code classes}. */
    public String text() {
        return Words.of(this);
    }
}
