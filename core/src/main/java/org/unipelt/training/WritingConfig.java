package org.unipelt.training;

import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.task.Generation;

/**
 * What is particular to a model that writes.
 *
 * @param targetLength tokens of a training target, the special ones included; longer ones are cut
 * @param labelSmoothing how much of a token's probability is spread over the vocabulary in the loss, in [0, 1)
 * @param language the token of the language to write in, which ends every training target and begins what is written
 *     (mBART), e.g. {@code ro_RO}
 * @param generation how targets are searched for, on the development data too
 */
public record WritingConfig(int targetLength, double labelSmoothing, Optional<String> language, Generation generation) {
    /** Targets of up to 128 tokens, smoothing 0.1 (He et al. 2022, Appendix A), greedy search. */
    public static final WritingConfig USUAL = new WritingConfig(128, 0.1, Optional.empty(), Generation.GREEDY);

    /** Checks the bounds. */
    public WritingConfig {
        if (targetLength < 2) {
            throw new InputException("target length must be at least 2, got " + targetLength);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new InputException("label smoothing must be from 0 to 1, 1 excluded, got " + labelSmoothing);
        }
    }
}
