/**
 * Tuned models over HTTP: the bodies of text-embeddings-inference, of vLLM's adapters and of the Open Inference Protocol, on
 * batches that requests of all models share.
 */
@NullMarked
package org.unipelt.server;

import org.jspecify.annotations.NullMarked;
