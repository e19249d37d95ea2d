/**
 * What a model is for: each {@link org.unipelt.task.Task} with its head, its loss, its answers and its metrics. In: encoded
 * texts and labelled rows. Out: answers, losses, scores.
 */
package org.unipelt.task;
