/**
 * Tuned models over HTTP: the bodies of text-embeddings-inference, of vLLM's adapters and of the Open Inference Protocol, on
 * batches that requests of all models share.
 */
package org.unipelt.server;
