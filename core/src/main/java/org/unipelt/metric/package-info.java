/**
 * Scores of predictions against right answers: accuracy, F1, correlations, ROUGE, BLEU.
 *
 * <p>In: classes, scores or texts. Out: numbers and confusion matrices. This package knows no models.
 */
@NullMarked
package org.unipelt.metric;

import org.jspecify.annotations.NullMarked;
