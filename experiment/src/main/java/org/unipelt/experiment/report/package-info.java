/**
 * The report of a sweep. In: the folder that a sweep left. Out: one page, or the same tables as Markdown, CSV or JSON;
 * the same results give the same bytes. Scores are shown as the papers show them, times 100.
 */
package org.unipelt.experiment.report;
