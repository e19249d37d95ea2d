/**
 * Gets single files of the Hugging Face hub into the cache that Python's {@code huggingface_hub} also uses.
 *
 * <p>In: a {@link org.unipelt.download.HubName} and file names. Out: files of one commit in a folder, complete and with
 * the hub's hash. This package does not know which files a model needs, or what they mean.
 */
@NullMarked
package org.unipelt.download;

import org.jspecify.annotations.NullMarked;
