/**
 * How a text is generated token by token: settings and beam search. In: log-probabilities of next tokens. Out: the
 * best sequence. It knows no model.
 */
package org.unipelt.generation;
