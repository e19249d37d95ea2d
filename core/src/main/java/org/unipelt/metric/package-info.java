/**
 * Scores of answers against right ones: accuracy, F1, correlations, ROUGE, BLEU. In: classes, scores or texts. Out:
 * numbers, and tables of what was confused with what. It knows no model.
 */
package org.unipelt.metric;
