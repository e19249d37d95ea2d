/**
 * Training: the loop, the optimiser, early stopping, checkpoints, events. In: an {@link
 * org.unipelt.task.Objective}. Out: its tensors at their best, and events on the way.
 */
@NullMarked
package org.unipelt.training;

import org.jspecify.annotations.NullMarked;
