/**
 * The tasks of a model: each {@link org.unipelt.task.Task} has a head, a loss, answers and metrics.
 *
 * <p>In: encoded texts and labelled rows. Out: answers, losses, scores.
 */
@NullMarked
package org.unipelt.task;

import org.jspecify.annotations.NullMarked;
