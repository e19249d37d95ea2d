package org.unipelt.benchmarks;

import java.util.List;

/** An open model that turns texts into vectors. {@link Embed} measures it. */
interface Vectors extends AutoCloseable {
    /** Computes the vectors of texts {@code [texts][hidden]}, in their order. */
    float[][] of(List<String> texts) throws Exception;
}
