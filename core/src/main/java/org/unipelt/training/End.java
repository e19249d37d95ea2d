package org.unipelt.training;

/** How a training ended that a listener followed. */
public enum End {
    /** It left a tuned model. */
    FINISHED,
    /** It was stopped or interrupted, and can be resumed. */
    STOPPED,
    /** It failed. */
    FAILED
}
