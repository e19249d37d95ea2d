/**
 * The way of a training: from what is asked for ({@link org.unipelt.run.RunSpec}, {@link org.unipelt.run.Tuning}) to a tuned model,
 * in a folder that an interrupted run goes on from. In: a base model, a method, data, settings. Out: a
 * {@link org.unipelt.tuned.TunedModel} and its files.
 */
package org.unipelt.run;
