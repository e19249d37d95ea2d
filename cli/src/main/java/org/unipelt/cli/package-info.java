/**
 * The {@code unipelt} command: one class per sub-command, and what they share: options, the console, progress, errors.
 * In: arguments, files, standard input. Out: text or one JSON object. Thin: whatever a program would want too is in the
 * library.
 */
@NullMarked
package org.unipelt.cli;

import org.jspecify.annotations.NullMarked;
