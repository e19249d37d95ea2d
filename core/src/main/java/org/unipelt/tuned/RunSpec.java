package org.unipelt.tuned;

import java.util.Optional;
import org.unipelt.backbone.Pooling;
import org.unipelt.training.TrainingConfig;

/**
 * All that determines a run: two runs of equal specs on equal files leave equal bytes.
 *
 * @param model the base model, a name or a folder
 * @param method the method's text
 * @param pooling which vector the head reads; the base model's own if empty
 * @param data where the examples come from
 * @param training how to train
 */
public record RunSpec(String model, String method, Optional<Pooling> pooling, DataSpec data, TrainingConfig training) {}
