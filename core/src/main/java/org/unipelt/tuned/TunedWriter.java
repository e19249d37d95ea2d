package org.unipelt.tuned;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.task.Network;
import org.unipelt.task.Writer;
import org.unipelt.tensor.Lifetime;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.training.Objective;
import org.unipelt.training.Writing;
import org.unipelt.training.WritingConfig;

/** A tuned model that writes texts of its own. */
final class TunedWriter extends TunedModel {
    private final Writer writer;
    private final WritingConfig config;

    private TunedWriter(BaseModel base, Writer writer, AdapterCard card) {
        super(base, card);
        this.writer = writer;
        this.config = card.writing().orElseThrow();
    }

    static TunedWriter of(BaseModel base, Method method, Weights own, AdapterCard card) {
        if (!(base.backbone() instanceof EncoderDecoder backbone)) {
            throw new InputException(base.name() + ": cannot write texts, as it has no decoder; give a BART or mBART");
        }
        WritingConfig config = card.writing().orElseThrow();
        requireLength("target length", config.targetLength(), base);
        requirePlaces("write at most", config.generation().maxLength(), base);
        requireLanguage(config, backbone, base);
        return new TunedWriter(base, new Writer(backbone, method, own), card);
    }

    /** Trained and written texts must start alike. */
    private static void requireLanguage(WritingConfig config, EncoderDecoder backbone, BaseModel base) {
        if (backbone.startsWithLanguage() && config.language().isEmpty()) {
            throw InputException.about(
                    "target-language",
                    "target language is not given, and " + base.name()
                            + " is an mBART, which needs it; name its token, e.g. en_XX or ro_RO");
        }
        if (!backbone.startsWithLanguage() && config.language().isPresent()) {
            throw InputException.about(
                    "target-language", "target language is for mBART, and " + base.name() + " is none; leave it out");
        }
        config.language().ifPresent(token -> requireSpecial(token, base));
    }

    private static void requireSpecial(String token, BaseModel base) {
        int id;
        try {
            id = base.tokenizer().id(token);
        } catch (InputException e) {
            throw new InputException("target language: " + e.getMessage(), e);
        }
        if (!base.tokenizer().decode(new int[] {id}).isEmpty()) {
            throw new InputException("target language '" + token + "' is a part of texts in " + base.name()
                    + "; give a language's token, e.g. en_XX or ro_RO");
        }
    }

    @Override
    List<Prediction> predictions(List<Example> examples) {
        return write(encode(examples), Network.BatchObserver.NONE).stream()
                .map(text -> new Prediction(text, Double.NaN, Map.of()))
                .toList();
    }

    private List<String> write(List<Encoding> sources, Network.BatchObserver observer) {
        int start = config.language()
                .map(base().tokenizer()::id)
                .orElse(writer.backbone().startId());
        return writer.write(sources, config.generation(), start, observer).stream()
                .map(base().tokenizer()::decode)
                .map(String::strip)
                .toList();
    }

    @Override
    Evaluation evaluation(Dataset data) {
        card().requireFits(data);
        List<String> references = config.labels().texts(data);
        List<String> written = write(encode(data.examples()), Network.BatchObserver.NONE);
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics().forEach(metric -> metrics.put(metric.text(), metric.of(written, references)));
        return new Evaluation(data.size(), metrics, Optional.empty());
    }

    @Override
    void observe(List<Example> examples, Network.BatchObserver observer) {
        writer.read(encode(examples), observer);
    }

    @Override
    Objective objective(DataSpec.Loaded data, boolean judged) {
        Dataset train = data.split().train();
        Dataset dev = data.split().dev();
        return new Writing(
                writer,
                encode(train.examples()),
                encodeTargets(config.labels().texts(train)),
                encode(dev.examples()),
                config.labels().texts(dev),
                config.labelSmoothing(),
                this::write);
    }

    /** Targets as the model is to write them: as a text of the tokenizer's, with the language to write in at the end. */
    private List<Encoding> encodeTargets(List<String> targets) {
        List<Encoding> encoded =
                base().tokenizer().encodeAll(targets.stream().map(Segments::of).toList(), config.targetLength());
        if (config.language().isEmpty()) {
            return encoded;
        }
        int language = base().tokenizer().id(config.language().get());
        return encoded.stream()
                .map(target -> {
                    int[] ids = target.ids().clone();
                    ids[ids.length - 1] = language;
                    return new Encoding(ids, target.types());
                })
                .toList();
    }

    @Override
    Map<String, Tensor> saved() {
        return writer.save();
    }

    @Override
    Lifetime.Use use() {
        return writer.use();
    }

    @Override
    Map<String, Tensor> folded() {
        return writer.fold();
    }

    @Override
    TunedModel with(AdapterCard other) {
        return new TunedWriter(base(), writer, other);
    }

    @Override
    public void close() {
        writer.close();
    }
}
