/**
 * Reads tuned models of other libraries: folders of Python's {@code peft} and {@code adapters}. What such a folder says
 * becomes a method of this library, its tensors the method's parameters, with the same logits; what has no equal here
 * is refused by name.
 *
 * <p>In: a folder and its base model. Out: a {@link org.unipelt.tuned.TunedModel}. One file per library.
 */
package org.unipelt.interop;
