package org.unipelt.experiment;

/**
 * The outcome of a cell's run.
 *
 * @param result the same on every machine and in every repetition
 * @param timing how long this run took
 */
public record Outcome(Result result, Timing timing) {}
