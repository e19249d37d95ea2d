package org.unipelt.method;

/** What a change to a sub-layer reads: the insertion form of He et al. 2022, Table 1, and Pfeiffer's. */
enum Insertion {
    /** The sub-layer's input x. */
    PARALLEL,
    /** The sub-layer's output h, before residual and norm. */
    SEQUENTIAL,
    /** LN(h + x), with the norm that closes the sub-layer (Pfeiffer et al. 2021). */
    PFEIFFER
}
