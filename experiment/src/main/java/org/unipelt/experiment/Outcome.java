package org.unipelt.experiment;

/**
 * What a cell's run gave.
 *
 * @param result the same, to the byte, wherever and however often the cell is run
 * @param timing how long it took there
 */
public record Outcome(Result result, Timing timing) {}
