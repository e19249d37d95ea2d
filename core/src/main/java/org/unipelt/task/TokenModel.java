package org.unipelt.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.SpanSet;
import org.unipelt.method.Method;
import org.unipelt.metric.EntityCounts;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;
import org.unipelt.text.WordEncoding;

/**
 * A network that tags words, and the task that interprets its logits. It reads whole texts, long ones in windows.
 *
 * @param network computes the logits; this model closes it
 * @param task interprets them
 */
record TokenModel(TokenClassifier network, TokenClassification task) implements TaskModel {
    @Override
    public List<Answer> answers(Rows texts) {
        return List.copyOf(answers(windows(texts), texts.rows(), SequenceClassifier.BatchObserver.NONE));
    }

    private static WindowedTexts windows(Rows rows) {
        return WindowedTexts.of(rows.words(), rows.maxLength());
    }

    private List<Answer.Spans> answers(WindowedTexts texts, Dataset rows, SequenceClassifier.BatchObserver observer) {
        float[][][] logits = texts.joined(network.predict(texts.windows(), texts.observer(observer)));
        return answers(texts, rows, logits);
    }

    private List<Answer.Spans> answers(WindowedTexts texts, Dataset rows, float[][][] logits) {
        List<Answer.Spans> answers = new ArrayList<>();
        for (int text = 0; text < logits.length; text++) {
            answers.add(
                    task.answer(rows.get(text).text(), texts.texts().get(text).words(), logits[text]));
        }
        return answers;
    }

    @Override
    public Evaluation evaluate(Rows labelled, List<Metric> metrics, SequenceClassifier.BatchObserver observer) {
        EntityCounts counts = task.counts(labelled.rows(), answers(windows(labelled), labelled.rows(), observer));
        Map<String, Double> scores = new LinkedHashMap<>();
        metrics.forEach(metric -> scores.put(metric.text(), metric.of(counts)));
        return new Evaluation(
                labelled.rows().size(),
                scores,
                Optional.empty(),
                Optional.empty(),
                Optional.of(counts.scores(task.names())),
                List.of(),
                List.of(),
                Optional.empty());
    }

    /** {@inheritDoc} Of a long text it runs the first window. */
    @Override
    public void observe(Rows texts, SequenceClassifier.BatchObserver observer) {
        network.predict(
                texts.words().stream()
                        .map(text -> text.windows(texts.maxLength()).get(0))
                        .toList(),
                observer);
    }

    @Override
    public Objective objective(
            Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights, double smoothing) {
        if (!weights.areEqual()) {
            throw InputException.about(
                    "class-weights", "class weights are for classes, not for names found in texts; leave them out");
        }
        if (smoothing != 0) {
            throw InputException.about(
                    "label-smoothing", "label smoothing is for classes, not for names found in texts; leave it out");
        }
        return new TokenObjective(network, tagged(train), dev.map(this::judged), head);
    }

    private TokenObjective.Judged judged(Rows dev) {
        WindowedTexts texts = windows(dev);
        return new TokenObjective.Judged(
                texts,
                tags(texts, dev.rows()),
                (logits, metric) -> metric.of(task.counts(dev.rows(), answers(texts, dev.rows(), logits))));
    }

    /** Returns the windows to learn from: those that answer for a word. */
    private TokenObjective.Tagged tagged(Rows train) {
        WindowedTexts texts = windows(train);
        int[][] tags = tags(texts, train.rows());
        List<WordEncoding.Window> windows = new ArrayList<>();
        List<int[]> right = new ArrayList<>();
        for (int window = 0; window < texts.windows().size(); window++) {
            if (tags[window].length > 0) {
                windows.add(texts.windows().get(window));
                right.add(tags[window]);
            }
        }
        if (windows.isEmpty()) {
            throw new InputException(train.rows().name()
                    + ": the tokenizer of the base model keeps no word of any text; use another one");
        }
        return new TokenObjective.Tagged(windows, right.toArray(int[][]::new));
    }

    /** Returns the right tags of the words of each window. */
    private int[][] tags(WindowedTexts texts, Dataset rows) {
        List<SpanSet> gold = task.labels().spans(rows);
        List<int[]> byText = new ArrayList<>();
        for (int text = 0; text < gold.size(); text++) {
            byText.add(task.tags(gold.get(text), texts.texts().get(text).words()));
        }
        int[][] tags = new int[texts.windows().size()][];
        for (int window = 0; window < tags.length; window++) {
            int[] mine = byText.get(texts.textOf()[window]);
            int[] words = texts.windows().get(window).words();
            tags[window] = new int[words.length];
            for (int i = 0; i < words.length; i++) {
                tags[window][i] = mine[words[i]];
            }
        }
        return tags;
    }

    @Override
    public Map<String, Tensor> save() {
        return network.save();
    }

    @Override
    public Map<String, Tensor> merge() {
        return network.merge();
    }

    @Override
    public Lifetime.Use use() {
        return network.use();
    }

    @Override
    public void close() {
        network.close();
    }
}
