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
 * A writer, with the texts of its tokens.
 *
 * @param writer gives the tokens; it is this model's to close
 * @param tokenizer of the base model
 * @param task how it writes
 */
record Seq2SeqModel(Generator writer, Tokenizer tokenizer, Seq2Seq task) implements TaskModel {
    @Override
    public List<Answer> answers(List<Encoding> texts) {
        return write(texts, SequenceClassifier.BatchObserver.NONE).stream()
                .<Answer>map(Answer.Text::new)
                .toList();
    }

    private List<String> write(List<Encoding> sources, SequenceClassifier.BatchObserver observer) {
        int start = task.language().map(tokenizer::id).orElse(writer.backbone().startId());
        return writer.write(sources, task.generation(), start, observer).stream()
                .map(tokenizer::decode)
                .map(String::strip)
                .toList();
    }

    @Override
    public Evaluation evaluate(Rows labelled, List<Metric> metrics) {
        List<String> references = task.labels().texts(labelled.rows());
        List<String> written = write(labelled.texts(), SequenceClassifier.BatchObserver.NONE);
        Map<String, Double> scores = new LinkedHashMap<>();
        metrics.forEach(metric -> scores.put(metric.text(), metric.of(written, references)));
        return new Evaluation(references.size(), scores, Optional.empty(), List.of(), List.of());
    }

    @Override
    public void observe(List<Encoding> texts, SequenceClassifier.BatchObserver observer) {
        writer.read(texts, observer);
    }

    @Override
    public Objective objective(Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights) {
        if (!weights.areEqual()) {
            throw InputException.about("class-weights", "class weights are for classes, not for texts; leave them out");
        }
        return new Seq2SeqObjective(
                writer,
                train.texts(),
                encodeTargets(task.labels().texts(train.rows())),
                dev.map(Rows::texts).orElse(List.of()),
                dev.map(part -> task.labels().texts(part.rows())).orElse(List.of()),
                task.labelSmoothing(),
                this::write);
    }

    /** Targets as the model is to write them: as a text of the tokenizer's, with the language to write in at the end. */
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
        return writer.save();
    }

    @Override
    public Map<String, Tensor> merge() {
        return writer.merge();
    }

    @Override
    public Lifetime.Use use() {
        return writer.use();
    }

    @Override
    public void close() {
        writer.close();
    }
}
