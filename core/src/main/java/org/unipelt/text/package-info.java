/**
 * From texts to batches of token ids: tokenizers, encoding of one or two segments, padding, grouping by length.
 *
 * <p>In: strings, and a tokenizer as its model's folder describes it. Out: {@link org.unipelt.text.TokenBatch}, ids of
 * shape {@code [batch, length]} with the attention mask. This package knows tensors, but no models or tasks.
 */
@NullMarked
package org.unipelt.text;

import org.jspecify.annotations.NullMarked;
