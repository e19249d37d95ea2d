/**
 * One training: from its specification ({@link org.unipelt.run.RunSpec}, {@link org.unipelt.run.Tuning}) to a tuned
 * model in a folder, from which an interrupted run can continue.
 *
 * <p>In: a base model, a method, data, settings. Out: a {@link org.unipelt.tuned.TunedModel} and its files.
 */
@NullMarked
package org.unipelt.run;

import org.jspecify.annotations.NullMarked;
