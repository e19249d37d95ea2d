/**
 * Reads and writes tuned models of other libraries: folders of Python's {@code peft}, {@code adapters} and {@code
 * transformers}. What such a folder says becomes a method of this library, its tensors the method's parameters, and the
 * other way round, with the same logits; what has no equal is refused by name. A model card describes a model for the hub.
 *
 * <p>In: a folder and its base model. Out: a {@link org.unipelt.tuned.TunedModel}. Or a tuned model in, and a folder out.
 * One file per library and direction.
 */
@NullMarked
package org.unipelt.interop;

import org.jspecify.annotations.NullMarked;
