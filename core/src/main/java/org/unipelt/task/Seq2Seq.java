package org.unipelt.task;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Weights;

/**
 * Generates a text from a text with an encoder–decoder: cross-entropy over target tokens, beam search. There is no
 * head.
 *
 * @param target the kind of targets: summaries or translations
 * @param targetLength the most tokens of a training target, special ones included; longer ones are cut
 * @param labelSmoothing the share of a token's probability that the loss spreads over the vocabulary, in [0, 1)
 * @param language the token of the language to generate, which ends every training target and starts every generated
 *     text (mBART), e.g. {@code ro_RO}
 * @param generation settings of the search for targets, on the development data too
 */
public record Seq2Seq(
        LabelKind target, int targetLength, double labelSmoothing, Optional<String> language, Generation generation)
        implements Task {
    /** Returns the usual settings: 128 tokens, smoothing 0.1 (He et al. 2022, Appendix A), greedy search. */
    public static Seq2Seq usual(LabelKind target) {
        return new Seq2Seq(target, 128, 0.1, Optional.empty(), Generation.GREEDY);
    }

    /** Checks the bounds. */
    public Seq2Seq {
        Objects.requireNonNull(target, "target is null");
        Objects.requireNonNull(language, "language is null");
        Objects.requireNonNull(generation, "generation is null");
        if (!target.isText()) {
            throw new InputException("targets are summaries or translations, got " + target.text());
        }
        if (targetLength < 2) {
            throw InputException.about("target-length", "target length must be at least 2, got " + targetLength);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw InputException.about(
                    "label-smoothing", "label smoothing must be from 0 to 1, 1 excluded, got " + labelSmoothing);
        }
    }

    @Override
    public Labels.Texts labels() {
        return new Labels.Texts(target == LabelKind.TRANSLATION);
    }

    @Override
    public List<Metric> metrics() {
        return target == LabelKind.TRANSLATION
                ? List.of(Metric.BLEU, Metric.ROUGE_L, Metric.ROUGE_1, Metric.ROUGE_2, Metric.ROUGE_LSUM)
                : List.of(Metric.ROUGE_L, Metric.ROUGE_1, Metric.ROUGE_2, Metric.ROUGE_LSUM, Metric.BLEU);
    }

    @Override
    public void requireFits(Inference inference) {
        if (inference.head().isPresent() || inference.pooling().isPresent()) {
            throw new InputException("a model that generates text has no head and no pooling");
        }
    }

    @Override
    public List<Parameter> parameters(Backbone backbone, Method method, Inference inference) {
        return method.parameters(backbone);
    }

    @Override
    public TaskModel on(BaseModel base, Method method, Inference inference, Weights adapterWeights) {
        if (!(base.backbone() instanceof EncoderDecoder backbone)) {
            throw new InputException(
                    base.name() + ": cannot generate text: it has no decoder; use a BART, Pegasus or T5");
        }
        Inference.requireLength("target length", targetLength, base);
        Inference.requirePositions("generation max length", generation.maxLength(), base);
        requireLanguage(backbone, base);
        return new Seq2SeqModel(new Generator(backbone, method, adapterWeights), base.tokenizer(), this);
    }

    /** Checks the language: trained and generated texts must start alike. */
    private void requireLanguage(EncoderDecoder backbone, BaseModel base) {
        if (backbone.startsWithLanguage() && language.isEmpty()) {
            throw InputException.about(
                    "target-language",
                    "target language is not given, but " + base.name()
                            + " is an mBART, which needs it; give its token, e.g. en_XX or ro_RO");
        }
        if (!backbone.startsWithLanguage() && language.isPresent()) {
            throw InputException.about(
                    "target-language",
                    "target language is for mBART, but " + base.name() + " is not one; leave it out");
        }
        language.ifPresent(token -> requireSpecial(token, base));
        if (backbone.startsWithLanguage() && lastOfText(base) == backbone.endId()) {
            throw new InputException(base.name() + ": its tokenizer puts the language in front of a text, as mBART-50's"
                    + " does, and such models are only supported to classify; to generate, use an mBART");
        }
    }

    /** Returns the last token of every text. */
    private static int lastOfText(BaseModel base) {
        int[] empty = base.tokenizer()
                .encode("", Optional.empty(), base.tokenizer().minLength())
                .ids();
        return empty[empty.length - 1];
    }

    private static void requireSpecial(String token, BaseModel base) {
        int id;
        try {
            id = base.tokenizer().id(token);
        } catch (InputException e) {
            throw new InputException("target language: " + e.getMessage(), e);
        }
        if (!base.tokenizer().decode(new int[] {id}).isEmpty()) {
            throw new InputException("target language '" + token + "' is part of the texts of " + base.name()
                    + "; give a language token, e.g. en_XX or ro_RO");
        }
    }
}
