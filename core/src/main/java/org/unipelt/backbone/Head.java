package org.unipelt.backbone;

/** What stands between a text's vector and the logits: as the checkpoints' own classifiers do it. */
public enum Head {
    /** dropout, linear (BERT, whose pooler is part of the checkpoint). */
    LINEAR,
    /** dropout, linear to the hidden size, tanh, dropout, linear (RoBERTa, BART). */
    DENSE
}
