/**
 * Pre-trained transformers, frozen, one readable file each. In: a {@link org.unipelt.text.TokenBatch} and the
 * {@link org.unipelt.backbone.Modifications} of one pass. Out: hidden states. A backbone names its
 * {@link org.unipelt.backbone.Site sites} and never a method.
 */
package org.unipelt.backbone;
