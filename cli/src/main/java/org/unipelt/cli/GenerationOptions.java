package org.unipelt.cli;

import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.task.Seq2Seq;
import org.unipelt.training.Setting;
import picocli.CommandLine.ParseResult;

/** How to train a model that generates text, and how it generates: the options of {@link Setting#GENERATION}. */
final class GenerationOptions {
    private GenerationOptions() {}

    /**
     * The task of generating texts.
     *
     * @return none if the labels are no texts
     * @throws InputException if they are none, and an option of generation was given
     */
    static Optional<Seq2Seq> task(ParseResult parsed, LabelKind labels) {
        if (!labels.isText()) {
            if (!TrainingOptions.given(parsed, Setting.GENERATION).isEmpty()) {
                throw new InputException("options of text generation, such as --beams and --target-length, need"
                        + " --task summarization or --task translation");
            }
            return Optional.empty();
        }
        return Optional.of(new Seq2Seq(
                labels,
                value(parsed, Setting.TARGET_LENGTH),
                TrainingOptions.given(parsed, Setting.LABEL_SMOOTHING)
                        .map(Setting.Given::value)
                        .orElseGet(() -> Seq2Seq.usual(labels).labelSmoothing()),
                TrainingOptions.given(parsed, Setting.TARGET_LANGUAGE).map(Setting.Given::value),
                new Generation(
                        value(parsed, Setting.GENERATION_MAX_LENGTH),
                        value(parsed, Setting.GENERATION_MIN_LENGTH),
                        value(parsed, Setting.BEAMS),
                        value(parsed, Setting.LENGTH_PENALTY),
                        value(parsed, Setting.EARLY_STOPPING),
                        value(parsed, Setting.NO_REPEAT_NGRAM))));
    }

    private static <T> T value(ParseResult parsed, Setting<T> setting) {
        return TrainingOptions.given(parsed, setting)
                .map(Setting.Given::value)
                .or(setting::usual)
                .orElseThrow();
    }
}
