/**
 * Generates a text token by token: settings and beam search.
 *
 * <p>In: log-probabilities of next tokens. Out: the best sequence. This package knows no models.
 */
@NullMarked
package org.unipelt.generation;

import org.jspecify.annotations.NullMarked;
