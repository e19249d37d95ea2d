/**
 * The reports of a sweep and of one training. In: the folder that a sweep left, or that of a tuned model and labelled
 * rows. Out: one page, or the same tables as Markdown, CSV or JSON; the same results give the same bytes. A study's
 * scores are shown as the papers show them, times 100.
 */
@NullMarked
package org.unipelt.experiment.report;

import org.jspecify.annotations.NullMarked;
