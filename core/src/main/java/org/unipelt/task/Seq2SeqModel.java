package org.unipelt.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.Tokenizer;

/**
 * A generator with a tokenizer, which converts its tokens to texts.
 *
 * @param generator generates the tokens; this model closes it
 * @param tokenizer the base model's tokenizer
 * @param task the settings
 */
record Seq2SeqModel(Generator generator, Tokenizer tokenizer, Seq2Seq task) implements TaskModel {
    @Override
    public List<Answer> answers(Rows texts) {
        return generate(texts.texts(), SequenceClassifier.BatchObserver.NONE).stream()
                .<Answer>map(Answer.Text::new)
                .toList();
    }

    private List<String> generate(List<Encoding> sources, SequenceClassifier.BatchObserver observer) {
        int start =
                task.language().map(tokenizer::id).orElse(generator.backbone().startId());
        return generator.generate(sources, task.generation(), start, observer).stream()
                .map(tokenizer::decode)
                .map(String::strip)
                .toList();
    }

    @Override
    public Evaluation evaluate(Rows labelled, List<Metric> metrics, SequenceClassifier.BatchObserver observer) {
        List<String> references = task.labels().texts(labelled.rows());
        List<String> generated = generate(labelled.texts(), observer);
        Map<String, Double> scores = new LinkedHashMap<>();
        metrics.forEach(metric -> scores.put(metric.text(), metric.of(generated, references)));
        return new Evaluation(references.size(), scores, Optional.empty(), Optional.empty(), List.of(), List.of());
    }

    @Override
    public void observe(Rows texts, SequenceClassifier.BatchObserver observer) {
        generator.read(texts.texts(), observer);
    }

    @Override
    public Objective objective(
            Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights, double smoothing) {
        if (smoothing != 0) {
            throw InputException.about("label-smoothing", "a model that generates text has its own label smoothing");
        }
        if (!weights.areEqual()) {
            throw InputException.about("class-weights", "class weights are for classes, not for texts; leave them out");
        }
        List<String> references =
                dev.map(part -> task.labels().texts(part.rows())).orElse(List.of());
        return new Seq2SeqObjective(
                generator,
                train.texts(),
                encodeTargets(task.labels().texts(train.rows())),
                dev.map(Rows::texts).orElse(List.of()),
                encodeTargets(references),
                references,
                task.labelSmoothing(),
                this::generate);
    }

    /** Encodes targets as the model should generate them, with the target language's token at the end. */
    private List<Encoding> encodeTargets(List<String> targets) {
        List<Encoding> encoded =
                tokenizer.encodeAll(targets.stream().map(Segments::of).toList(), task.targetLength());
        if (task.language().isEmpty()) {
            return encoded;
        }
        int language = tokenizer.id(task.language().get());
        return encoded.stream()
                .map(target -> {
                    int[] ids = target.ids().clone();
                    ids[ids.length - 1] = language;
                    return new Encoding(ids, target.tokenTypes());
                })
                .toList();
    }

    @Override
    public Map<String, Tensor> save() {
        return generator.save();
    }

    @Override
    public Map<String, Tensor> merge() {
        return generator.merge();
    }

    @Override
    public Lifetime.Use use() {
        return generator.use();
    }

    @Override
    public void close() {
        generator.close();
    }
}
