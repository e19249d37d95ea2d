package org.unipelt.metric;

/**
 * How well a model finds the entities of one type; 0 where nothing would be divided by.
 *
 * @param label the type
 * @param precision of the entities that the model found, the share that are right: type and both ends
 * @param recall of the right entities, the share that were found
 * @param f1 the harmonic mean of both
 * @param support how many right entities there are
 */
public record EntityScore(String label, double precision, double recall, double f1, int support) {}
