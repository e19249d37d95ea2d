package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;
import org.unipelt.text.WordEncoding;

/**
 * The objective of token classification: the loss is the mean cross-entropy over a batch's words. An example is a window of a
 * text, which for most texts is the whole text.
 *
 * @param network computes the logits; its owner closes it
 * @param train the windows to learn from
 * @param dev the development rows; empty if all rows train
 * @param head the trained part of the head
 */
record TokenObjective(TokenClassifier network, Tagged train, Optional<Judged> dev, Method.HeadTraining head)
        implements Objective {
    /** The most words to fit a probe on, drawn at random: their vectors are all in memory. */
    private static final int MOST_WORDS_TO_FIT = 10_000;

    /** As for classes (docs/results.md). */
    private static final double SOFTENING = 0.3;

    /**
     * Windows with the right tags of their words.
     *
     * @param windows the windows
     * @param texts their encodings
     * @param tags the index of each word's right tag, {@code [windows][words]}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Tagged(List<WordEncoding.Window> windows, List<Encoding> texts, int[][] tags) {
        Tagged(List<WordEncoding.Window> windows, int[][] tags) {
            this(
                    List.copyOf(windows),
                    windows.stream().map(WordEncoding.Window::encoding).toList(),
                    tags);
        }

        private int words(int... rows) {
            return Arrays.stream(rows).map(row -> tags[row].length).sum();
        }

        private long[] flat(int... rows) {
            return Arrays.stream(rows)
                    .boxed()
                    .flatMapToLong(row -> Arrays.stream(tags[row]).asLongStream())
                    .toArray();
        }
    }

    /** Scores the logits of texts {@code [texts][words][tags]}. */
    @FunctionalInterface
    interface Score {
        double of(float[][][] logits, Metric metric);
    }

    /**
     * Development rows.
     *
     * @param texts their texts
     * @param tags the right tags of the words of each window
     * @param score scores logits
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Judged(WindowedTexts texts, int[][] tags, Score score) {}

    @Override
    public Compute compute() {
        return network.compute();
    }

    @Override
    public Objective computedOnce(SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        Stream<WordEncoding.Window> judged = dev.stream().flatMap(part -> part.texts().windows().stream());
        List<Encoding> texts = Stream.concat(train.windows().stream(), judged)
                .map(WordEncoding.Window::encoding)
                .toList();
        TokenClassifier remembering = network.remembering(texts, observer, remarks);
        return remembering == network ? this : new TokenObjective(remembering, train, dev, head);
    }

    @Override
    public void close() {
        network.forget();
    }

    @Override
    public Map<String, Tensor> trained() {
        return network.adapterWeights().select(network.trained(head));
    }

    /** {@inheritDoc} Its rows are words, and its classes are tags. */
    @Override
    public double fitHead() {
        // As few windows as hold enough words.
        List<WordEncoding.Window> some = new ArrayList<>();
        List<int[]> tags = new ArrayList<>();
        int words = 0;
        for (int row : Rng.of(0, "probe.rows").permutation(train.windows().size())) {
            if (words < MOST_WORDS_TO_FIT) {
                some.add(train.windows().get(row));
                tags.add(train.tags()[row]);
                words += train.tags()[row].length;
            }
        }
        float[][] vectors =
                Arrays.stream(network.vectors(some)).flatMap(Arrays::stream).toArray(float[][]::new);
        int[] right = tags.stream().flatMapToInt(Arrays::stream).toArray();
        int outputs = (int) network.adapterWeights().get("head.bias").size(0);
        Classification classes = new Classification(
                IntStream.range(0, outputs).mapToObj(Integer::toString).toList());
        Probe probe = Probe.fit(compute(), vectors, classes, new Classification.Indices(right));
        network.begin(probe);
        return probe.explained();
    }

    @Override
    public void softenHead() {
        network.scaleHead(SOFTENING);
    }

    @Override
    public int[] lengths() {
        return train.windows().stream()
                .mapToInt(window -> window.encoding().length())
                .toArray();
    }

    @Override
    public int paddedLength(int... batch) {
        return network.paddedLength(train.texts(), batch);
    }

    @Override
    public Tensor loss(int[] batch, int[] members, Pass pass) {
        int[][] places = Arrays.stream(members)
                .mapToObj(row -> train.windows().get(row).tokens())
                .toArray(int[][]::new);
        Tensor logits = network.logits(train.texts(), paddedLength(batch), members, places, pass);
        Tensor tags = Device.of(logits).move(Tensor.create(train.flat(members)));
        return torch.cross_entropy_loss(logits, tags)
                .mul(new Scalar((double) train.words(members) / train.words(batch)));
    }

    @Override
    public boolean isJudged() {
        return dev.isPresent();
    }

    /** {@inheritDoc} One pass gives the logits that both numbers are computed from. */
    @Override
    public Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer) {
        Judged judged = dev.orElseThrow();
        float[][][] logits =
                network.predict(judged.texts().windows(), judged.texts().observer(observer));
        return new Judgement(judged.score().of(judged.texts().joined(logits), metric), meanLoss(logits, judged.tags()));
    }

    private static double meanLoss(float[][][] logits, int[][] tags) {
        float[] flat = new float[0];
        float[][] rows = Arrays.stream(logits).flatMap(Arrays::stream).toArray(float[][]::new);
        if (rows.length > 0) {
            flat = new float[rows.length * rows[0].length];
            for (int row = 0; row < rows.length; row++) {
                System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
            }
        }
        long[] right =
                Arrays.stream(tags).flatMapToInt(Arrays::stream).asLongStream().toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor values = Tensor.create(flat, right.length, right.length == 0 ? 1 : flat.length / right.length);
            return torch.cross_entropy_loss(values, Tensor.create(right)).item_double();
        }
    }
}
