/**
 * Labelled texts, from files to the examples that training reads.
 *
 * <p>It reads tables in TSV, CSV or JSON Lines (also with gzip), or plain lines of text. It gives an immutable {@link
 * org.unipelt.data.Dataset} of {@link org.unipelt.data.Example}s, the {@link org.unipelt.data.Labels} to predict, and a
 * {@link org.unipelt.data.Split} into training, development and test rows:
 *
 * <pre>
 *   file ── TextReader ──► Datasets without labels, a part at a time, to predict
 *   file ── Table.read ──► Table ── choose columns ──► Dataset ──► Labels.of ──► Labels
 *                                                         └──────► Split.fewShot / heldOut
 *                                                         └──────► Labels.profile: a summary for the user
 * </pre>
 *
 * <p>Reading is strict: one {@link org.unipelt.InputException} reports all bad rows of a file, with line and reason.
 * Nothing is guessed, replaced or left out silently. {@link org.unipelt.data.Preparation} says which rows to leave out,
 * and reports them. This package does not know models.
 */
@NullMarked
package org.unipelt.data;

import org.jspecify.annotations.NullMarked;
