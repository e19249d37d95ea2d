package org.unipelt.metric;

/**
 * How well a model does on one class, as scikit-learn defines it; 0 where nothing would be divided by.
 *
 * @param label the class
 * @param precision of the rows that were taken for it, the share that are of it
 * @param recall of the rows of it, the share that were found
 * @param f1 the harmonic mean of both
 * @param support how many rows are of it
 */
public record ClassScore(String label, double precision, double recall, double f1, int support) {}
