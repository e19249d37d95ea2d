package org.unipelt.training;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.task.Generation;

/**
 * What is particular to a model that writes.
 *
 * @param target what the targets are: summaries or translations
 * @param targetLength tokens of a training target, the special ones included; longer ones are cut
 * @param labelSmoothing how much of a token's probability is spread over the vocabulary in the loss, in [0, 1)
 * @param language the token of the language to write in, which ends every training target and begins what is written
 *     (mBART), e.g. {@code ro_RO}
 * @param generation how targets are searched for, on the development data too
 */
public record WritingConfig(
        LabelKind target, int targetLength, double labelSmoothing, Optional<String> language, Generation generation) {
    /** Targets of up to 128 tokens, smoothing 0.1 (He et al. 2022, Appendix A), greedy search. */
    public static WritingConfig usual(LabelKind target) {
        return new WritingConfig(target, 128, 0.1, Optional.empty(), Generation.GREEDY);
    }

    /** Checks the bounds. */
    public WritingConfig {
        Objects.requireNonNull(target, "target is null");
        Objects.requireNonNull(language, "language is null");
        Objects.requireNonNull(generation, "generation is null");
        if (target != LabelKind.SUMMARY && target != LabelKind.TRANSLATION) {
            throw new InputException("what is written is a summary or a translation, got " + Words.of(target));
        }
        if (targetLength < 2) {
            throw InputException.about("target-length", "target length must be at least 2, got " + targetLength);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw InputException.about(
                    "label-smoothing", "label smoothing must be from 0 to 1, 1 excluded, got " + labelSmoothing);
        }
    }

    /** What such a model predicts. */
    public Labels.Texts labels() {
        return new Labels.Texts(target == LabelKind.TRANSLATION);
    }
}
