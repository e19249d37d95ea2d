/**
 * What is to be learned, and how well it was: GLUE's tasks, metrics, the confusion matrix.
 *
 * <p>What comes in: datasets and labels from {@link org.unipelt.data}, and predictions as class indices or scores. What
 * goes out: numbers to compare and tables to read. This package knows no model and no method.
 */
package org.unipelt.task;
