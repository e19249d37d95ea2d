/**
 * Pre-trained models as they are found: a folder in Hugging Face's layout, or one of the two that come as dependencies.
 *
 * <p>In: a name or a folder. Out: a {@link org.unipelt.hub.PretrainedModel} with float32 weights under Hugging Face's names,
 * the configuration and the tokenizer. This package knows no family of models: names, config and network are
 * {@link org.unipelt.backbone.Family}'s.
 */
package org.unipelt.hub;
