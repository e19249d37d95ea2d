/**
 * Training: the loop, the optimiser, early stopping, checkpoints, events. In: a {@link org.unipelt.task.Network} and
 * encoded examples. Out: the network with its best weights, and events on the way.
 */
package org.unipelt.training;
