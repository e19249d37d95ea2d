/**
 * Frozen pre-trained transformers: the parts that they are made of, and a package for each
 * {@link org.unipelt.backbone.Family family}, listed in {@link org.unipelt.backbone.Families}. In: a
 * {@link org.unipelt.text.TokenBatch} and the {@link org.unipelt.backbone.Modifications} of one pass. Out: hidden
 * states. A backbone names its {@link org.unipelt.backbone.Site sites} and never a method.
 */
@NullMarked
package org.unipelt.backbone;

import org.jspecify.annotations.NullMarked;
