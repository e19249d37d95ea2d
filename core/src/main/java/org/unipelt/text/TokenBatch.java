package org.unipelt.text;

import org.bytedeco.pytorch.Tensor;

public record TokenBatch(Tensor ids, Tensor types, Tensor keep) {}
