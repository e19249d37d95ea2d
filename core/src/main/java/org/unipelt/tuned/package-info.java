/**
 * Tuned models: a base model with a method and a task, trained or loaded.
 *
 * <p>In: a folder and a base model, or trained tensors. Out: answers, scores, gates, and the folder of a tuned model,
 * which holds everything but its base model.
 */
@NullMarked
package org.unipelt.tuned;

import org.jspecify.annotations.NullMarked;
