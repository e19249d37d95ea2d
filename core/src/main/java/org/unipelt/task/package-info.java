/**
 * What a tuned network is for: the head on a backbone, losses and metrics. In: batches and gold labels. Out: logits,
 * losses, scores.
 */
package org.unipelt.task;
