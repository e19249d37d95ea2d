package org.unipelt.data;

import org.unipelt.Words;

/** What the labels of a dataset are meant as. */
public enum LabelKind {
    /** Decided by what the labels look like; see {@link Labels#of}. */
    AUTO,
    /** Names of classes, even if they look like numbers. */
    CLASSES,
    /** Numbers on a scale, to be predicted by regression. */
    SCORE,
    /** Texts that say less than the source. */
    SUMMARY,
    /** Texts that say the same in another language. */
    TRANSLATION;

    /** Whether labels are texts to write. */
    public boolean isText() {
        return this == SUMMARY || this == TRANSLATION;
    }

    /** Its name in commands and files, e.g. {@code classes}. */
    public String text() {
        return Words.of(this);
    }
}
