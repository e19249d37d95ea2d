package org.unipelt.task;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.data.Span;
import org.unipelt.data.SpanSet;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.metric.Entity;
import org.unipelt.metric.EntityCounts;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Weights;
import org.unipelt.text.WordSplit;

/**
 * Finds names in a text, such as persons and places: token classification. Every word gets one of the tags of IOB2: {@code
 * O}, or for each label {@code B} where a name begins and {@code I} where it goes on. The loss is the mean cross-entropy over
 * words, each by its first sub-word, as in Devlin et al. 2019, section 5.3. The answer is the most probable sequence of tags
 * in which no name goes on that did not begin (see {@link TagPath}).
 *
 * <p>There is no pooling, and the head is one map, as in transformers' classes for token classification.
 *
 * @param names the labels' names
 */
public record TokenClassification(List<String> names) implements Task {
    /** The index of the tag of a word outside of names. */
    static final int OUTSIDE = 0;

    /** Checks that there is a label, and that the names differ. */
    public TokenClassification {
        names = new Labels.Tokens(names).names();
    }

    @Override
    public Labels.Tokens labels() {
        return new Labels.Tokens(names);
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Metric.ENTITY_F1, Metric.ENTITY_PRECISION, Metric.ENTITY_RECALL, Metric.ENTITY_MACRO_F1);
    }

    /** Returns the tags in the order of the logits: {@code O}, then {@code B-} and {@code I-} of each label. */
    public List<String> tags() {
        return Stream.concat(Stream.of("O"), names.stream().flatMap(name -> Stream.of("B-" + name, "I-" + name)))
                .toList();
    }

    /** Returns the index of a label's tag of the beginning; that of going on is the next. */
    private static int begin(int label) {
        return 1 + 2 * label;
    }

    /** Returns whether a tag says that a name goes on. */
    static boolean goesOn(int tag) {
        return tag > OUTSIDE && tag % 2 == 0;
    }

    /** Returns the label that a tag belongs to. */
    String label(int tag) {
        return names.get((tag - 1) / 2);
    }

    /** Returns the index of each word's right tag. A span that begins or ends inside a word has the whole word. */
    int[] tags(SpanSet gold, List<WordSplit.Word> words) {
        int[] tags = new int[words.size()];
        List<Span> spans = gold.spans();
        int at = 0;
        int before = -1;
        for (int word = 0; word < tags.length; word++) {
            while (at < spans.size() && spans.get(at).end() <= words.get(word).start()) {
                at++;
            }
            if (at < spans.size() && spans.get(at).start() < words.get(word).end()) {
                int begin = begin(names.indexOf(spans.get(at).label()));
                tags[word] = at == before ? begin + 1 : begin;
                before = at;
            }
        }
        return tags;
    }

    /**
     * Returns the names that a text's logits give.
     *
     * @param logits {@code [words][tags]}
     */
    Answer.Spans answer(String text, List<WordSplit.Word> words, float[][] logits) {
        TagPath path = TagPath.best(logits);
        List<Answer.Spans.Found> found = new ArrayList<>();
        for (int word = 0; word < words.size(); word++) {
            int tag = path.tags()[word];
            if (tag != OUTSIDE) {
                int last = word;
                double sum = path.probabilities()[word];
                while (last + 1 < words.size() && goesOn(path.tags()[last + 1])) {
                    sum += path.probabilities()[++last];
                }
                int start = words.get(word).start();
                int end = words.get(last).end();
                found.add(new Answer.Spans.Found(
                        start, end, label(tag), text.substring(start, end), sum / (last + 1 - word)));
                word = last;
            }
        }
        return new Answer.Spans(found);
    }

    /**
     * Compares the answers to rows with their labels.
     *
     * @param answers one for each row, in the same order
     * @throws InputException if a label is missing or none of the task's
     */
    public EntityCounts counts(Dataset rows, List<Answer.Spans> answers) {
        return EntityCounts.of(
                answers.stream()
                        .map(answer -> answer.spans().stream()
                                .map(span -> new Entity(span.label(), span.start(), span.end()))
                                .toList())
                        .toList(),
                labels().spans(rows).stream()
                        .map(set -> set.spans().stream()
                                .map(span -> new Entity(span.label(), span.start(), span.end()))
                                .toList())
                        .toList());
    }

    @Override
    public void requireFits(Inference inference) {
        if (inference.head().isPresent() || inference.pooling().isPresent()) {
            throw new InputException(
                    "a model that finds names reads every token, so it has no pooling and no other head");
        }
        if (inference.pairs()) {
            throw new InputException("names are found in single texts; leave out the second texts");
        }
    }

    @Override
    public List<Parameter> parameters(Backbone backbone, Method method, Inference inference) {
        return SequenceClassifier.parameters(backbone, method, Head.LINEAR, labels().outputs());
    }

    @Override
    public TaskModel on(BaseModel base, Method method, Inference inference, Weights adapterWeights) {
        return new TokenModel(
                new TokenClassifier(base.backbone(), method, inference.paddedLength(), adapterWeights), this);
    }
}
