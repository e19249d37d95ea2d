/**
 * Labelled texts: from files to what training reads.
 *
 * <p>What comes in: tables in TSV, CSV or JSON Lines (also gzip'd), or plain lines of text. What goes out: an immutable
 * {@link org.unipelt.data.Dataset} of {@link org.unipelt.data.Example}s, the {@link org.unipelt.data.Labels} they are
 * to be given, and a {@link org.unipelt.data.Split} into training, development and test rows. The way between:
 *
 * <pre>
 *   file ── TextReader ──► Datasets without labels, a part at a time, to predict
 *   file ── Table.read ──► Table ── choose columns ──► Dataset ──► Labels.of ──► Labels
 *                                                         └──────► Split.fewShot / heldOut
 *                                                         └──────► Labels.profile: what was understood, to be shown
 * </pre>
 *
 * <p>Reading is strict: what is wrong in a file is reported with file, line and reason, several rows at once, as one
 * {@link org.unipelt.InputException}; nothing is guessed, replaced or left out silently. {@link org.unipelt.data.Preparation}
 * says what may be left out, and tells what was. This package knows no model.
 */
package org.unipelt.data;
