package org.unipelt.backbone;

/** What computes the logits from a text's vector, as the checkpoints' own classifiers do. */
public enum Head {
    /** dropout, linear (BERT, whose pooler is part of the checkpoint). */
    LINEAR,
    /** dropout, linear to the hidden size, tanh, dropout, linear (RoBERTa, BART). */
    DENSE
}
