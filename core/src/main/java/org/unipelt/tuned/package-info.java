/**
 * Tuned models: a base model with a method and a task, trained or read back. In: a base model, a method, data. Out:
 * answers, scores, gates, and the adapter directory that holds all of a tuned model but its base.
 */
package org.unipelt.tuned;
