package org.unipelt.interop;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.method.Method;

/**
 * What a folder of another library holds, in this library's words.
 *
 * @param tensors the method's and the head's, by this library's names
 * @param classes the names of its classes in order, if the folder has them
 * @param several whether a text may have several of them
 */
record Imported(
        Method method,
        Map<String, Tensor> tensors,
        Head head,
        Pooling pooling,
        Optional<List<String>> classes,
        boolean several) {}
