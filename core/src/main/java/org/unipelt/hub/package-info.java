/**
 * Finds and reads pretrained models: a folder in Hugging Face's layout, a repository of the hub, or one
 * of two that come as dependencies.
 *
 * <p>In: a name or a folder. Out: a {@link org.unipelt.hub.PretrainedModel} with float32 weights under Hugging Face's
 * names, the configuration and the tokenizer. This package knows no model family: names, config and network come from
 * {@link org.unipelt.backbone.Family}.
 */
@NullMarked
package org.unipelt.hub;

import org.jspecify.annotations.NullMarked;
