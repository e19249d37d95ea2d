/**
 * What libtorch's Java presets lack: one place that starts the engine with the right settings, named tensors with one
 * owner, and the safetensors format.
 *
 * <p>In: files and arrays. Out: {@link org.bytedeco.pytorch.Tensor}s in native memory with a visible owner. This package
 * knows nothing of models, texts or tasks.
 */
package org.unipelt.tensor;
