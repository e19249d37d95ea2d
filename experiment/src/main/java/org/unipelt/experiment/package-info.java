/**
 * Sweeps: many runs by one spec. In: a spec and a base model. Out: a folder with a result for every cell of the grid,
 * which a sweep that was stopped, killed or extended completes and never computes twice.
 */
@NullMarked
package org.unipelt.experiment;

import org.jspecify.annotations.NullMarked;
