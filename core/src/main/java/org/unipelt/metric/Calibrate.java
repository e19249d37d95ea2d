package org.unipelt.metric;

/** Whether a training ends by fitting a {@link Temperature}. */
public enum Calibrate {
    /** If the labels are classes, and enough rows that did not train show that it helps: {@link Temperature#trusted}. */
    AUTO,
    /** Never. */
    NONE
}
