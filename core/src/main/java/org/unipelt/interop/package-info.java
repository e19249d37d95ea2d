/**
 * Reads tuned models of other libraries, and writes ours for them: folders of Python's {@code peft} and {@code adapters}.
 * What such a folder says becomes a method of this library, its tensors the method's parameters, with the same logits,
 * and the other way round; what has no equal is refused by name.
 *
 * <p>In: a folder and its base model, or a {@link org.unipelt.tuned.TunedModel}. Out: the other. One file per library and
 * direction.
 */
package org.unipelt.interop;
