/**
 * What libtorch's Java bindings lack: a description of the machine ({@link org.unipelt.tensor.Compute}), named tensors
 * with one owner, the formats of weights, reproducible random numbers and dropout.
 *
 * <p>In: files and arrays. Out: {@link org.bytedeco.pytorch.Tensor}s in native memory with an owner. This package knows
 * no models, texts or tasks.
 */
@NullMarked
package org.unipelt.tensor;

import org.jspecify.annotations.NullMarked;
