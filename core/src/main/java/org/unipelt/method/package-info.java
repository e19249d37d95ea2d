/**
 * Tuning methods, one file each: drawing, equation, options, parameters, forward pass. In: a backbone's sizes and
 * sites, and the method's parameters. Out: the {@link org.unipelt.backbone.Modifications} of a pass. A method is an
 * immutable record; it holds no tensors. {@link org.unipelt.method.Methods} is the registry, with one line for each
 * method.
 *
 * <p>The choices that methods combine are values, after He et al. 2022: the functional form ({@code Bottleneck} over
 * {@code Dense} or {@code Compacter} maps), the insertion ({@code Insertion}), the modified representation (places and
 * {@link org.unipelt.backbone.Site}s) and the composition ({@code Composition}); {@code Modification} reads them from
 * text.
 */
@NullMarked
package org.unipelt.method;

import org.jspecify.annotations.NullMarked;
