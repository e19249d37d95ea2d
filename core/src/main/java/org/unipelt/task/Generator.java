package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.DecoderCache;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.EncoderDecoder.Memory;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.generation.BeamSearch;
import org.unipelt.generation.Generation;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.MethodPass;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.BatchPlan;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * A frozen encoder–decoder with a method: it reads a text and generates another. It owns the adapter weights. There is
 * no head: the backbone's word embeddings turn states into tokens.
 *
 * <pre>
 *   source ─▶ encoder + method ─▶ memory ─▶ decoder + method ─▶ logits [batch, length, vocabulary] ─▶ target
 * </pre>
 */
public final class Generator implements AutoCloseable {
    /** Marks a position of a target without a token, which has no loss. */
    private static final int NO_TOKEN = -100;

    private final EncoderDecoder backbone;
    private final Method method;
    private final Weights adapterWeights;

    /**
     * Creates a generator that owns the given tensors.
     *
     * @param adapterWeights the tensors that the method declares
     */
    public Generator(EncoderDecoder backbone, Method method, Weights adapterWeights) {
        this.backbone = backbone;
        this.method = method;
        this.adapterWeights = adapterWeights;
    }

    /** Creates a generator with initial values drawn from a seed. */
    public static Generator create(EncoderDecoder backbone, Method method, long seed) {
        return new Generator(backbone, method, Init.draw(method.parameters(backbone), seed, backbone));
    }

    /** Computes the logits of a known target, {@code [batch, target length, vocabulary]}. */
    public Tensor logits(TokenBatch source, TokenBatch target, Pass pass) {
        return logits(source, target, pass, MethodObserver.NONE);
    }

    /** The logits of a known target, while an observer looks at what the method does. */
    public Tensor logits(TokenBatch source, TokenBatch target, Pass pass, MethodObserver observer) {
        Tensor shifted = backbone.shiftRight(target.ids(), target.attentionMask());
        return logitsOf(source, new TokenBatch(shifted, target.tokenTypes(), target.attentionMask()), pass, observer);
    }

    /**
     * Computes the logits of the token after each of the decoder's tokens, {@code [batch, length, vocabulary]}.
     *
     * @param read the decoder's input, including its start
     */
    public Tensor logitsOf(TokenBatch source, TokenBatch read, Pass pass) {
        return logitsOf(source, read, pass, MethodObserver.NONE);
    }

    private Tensor logitsOf(TokenBatch source, TokenBatch read, Pass pass, MethodObserver observer) {
        Modifications modifications = modifications(pass, observer);
        Memory memory = backbone.encode(source, modifications, pass);
        try (DecoderCache none = DecoderCache.none()) {
            Tensor states = backbone.decode(memory, read.ids(), read.attentionMask(), none, modifications, pass);
            return backbone.vocabularyLogits(states, modifications);
        }
    }

    /**
     * Computes the sum of the cross-entropies of a target's tokens; divide by {@link #tokens} for the mean.
     *
     * @param smoothing the share of a token's probability that is spread over the vocabulary; 0 for none
     */
    public Tensor loss(TokenBatch source, TokenBatch target, double smoothing, Pass pass) {
        return loss(source, target, smoothing, pass, MethodObserver.NONE);
    }

    private Tensor loss(TokenBatch source, TokenBatch target, double smoothing, Pass pass, MethodObserver observer) {
        Tensor gold = target.ids().masked_fill(target.attentionMask().logical_not(), new Scalar(NO_TOKEN));
        int sum = 2;
        return torch.cross_entropy_loss(
                logits(source, target, pass, observer).flatten(0, 1),
                gold.flatten(0, 1),
                new TensorOptional(),
                sum,
                NO_TOKEN,
                smoothing);
    }

    /**
     * Computes the mean cross-entropy of the tokens of known targets. Keeps no tensor.
     *
     * @param smoothing the share of a token's probability that is spread over the vocabulary; 0 for none
     * @param observer observes the encoder; called from several threads, each with its own rows
     * @throws IllegalStateException if this generator or its backbone's weights are closed
     */
    public double loss(
            List<Encoding> sources,
            List<Encoding> targets,
            double smoothing,
            SequenceClassifier.BatchObserver observer) {
        // The logits of a whole vocabulary for each target token need the memory.
        int[] lengths = targets.stream().mapToInt(Encoding::length).toArray();
        Compute compute = backbone.compute();
        List<Callable<Double>> pieces =
                BatchPlan.sorted(lengths, compute.generateTexts(sources.size()), compute.predictTokens()).stream()
                        .<Callable<Double>>map(rows -> () -> {
                            MethodObserver observed = observer.of(rows);
                            try (PointerScope scope = new PointerScope();
                                    NoGradGuard frozen = new NoGradGuard()) {
                                return loss(
                                                batch(sources, rows),
                                                batch(targets, rows),
                                                smoothing,
                                                Pass.INFERENCE,
                                                observed)
                                        .item_double();
                            }
                        })
                        .toList();
        try (Lifetime.Use use = use()) {
            return compute.all(pieces).stream().mapToDouble(Double::doubleValue).sum()
                    / tokens(targets, IntStream.range(0, targets.size()).toArray());
        }
    }

    private TokenBatch batch(List<Encoding> texts, int... rows) {
        return backbone.batch(Arrays.stream(rows).mapToObj(texts::get).toList());
    }

    /** Counts the tokens of some texts. */
    public static int tokens(List<Encoding> texts, int... rows) {
        return Arrays.stream(rows).map(row -> texts.get(row).length()).sum();
    }

    private Modifications modifications(Pass pass, MethodObserver observer) {
        Modifications modifications = new Modifications();
        method.modify(modifications, adapterWeights, backbone, MethodPass.of(pass, observer));
        return modifications;
    }

    /**
     * Does the same as {@link #generate(List, Generation, int, SequenceClassifier.BatchObserver)} without an observer.
     */
    public List<int[]> generate(List<Encoding> sources, Generation settings, int start) {
        return generate(sources, settings, start, SequenceClassifier.BatchObserver.NONE);
    }

    /**
     * Generates a target for every source, in their order. Keeps no tensor.
     *
     * @param start the token that the decoder starts with
     * @param observer observes the encoder; called from several threads, each with its own rows
     * @return the targets' tokens, without the start
     * @throws ArithmeticException if a score is NaN
     * @throws IllegalStateException if this generator or its backbone's weights are closed
     */
    public List<int[]> generate(
            List<Encoding> sources, Generation settings, int start, SequenceClassifier.BatchObserver observer) {
        int[] lengths = sources.stream().mapToInt(Encoding::length).toArray();
        int[][] targets = new int[sources.size()][];
        Compute compute = backbone.compute();
        int size = compute.generateTexts(sources.size());
        List<Callable<Void>> pieces = BatchPlan.sorted(lengths, size, Integer.MAX_VALUE).stream()
                .<Callable<Void>>map(rows -> () -> {
                    List<Encoding> batch =
                            Arrays.stream(rows).mapToObj(sources::get).toList();
                    List<int[]> generated = generateBatch(batch, settings, start, observer.of(rows));
                    for (int i = 0; i < rows.length; i++) {
                        targets[rows[i]] = generated.get(i);
                    }
                    return null;
                })
                .toList();
        try (Lifetime.Use use = use()) {
            compute.all(pieces);
        }
        return Arrays.asList(targets);
    }

    /** Keeps this generator and its backbone open; see {@link org.unipelt.backbone.Backbone#use}. */
    public Lifetime.Use use() {
        return backbone.use(adapterWeights);
    }

    /**
     * Runs sources through the encoder for an observer, without generating. Keeps no tensor.
     *
     * @param observer called from several threads, each with its own rows
     */
    public void read(List<Encoding> sources, SequenceClassifier.BatchObserver observer) {
        int[] lengths = sources.stream().mapToInt(Encoding::length).toArray();
        Compute compute = backbone.compute();
        List<Callable<Void>> pieces =
                BatchPlan.sorted(lengths, compute.generateTexts(sources.size()), Integer.MAX_VALUE).stream()
                        .<Callable<Void>>map(rows -> () -> {
                            try (PointerScope scope = new PointerScope();
                                    NoGradGuard frozen = new NoGradGuard()) {
                                Modifications observed = modifications(Pass.INFERENCE, observer.of(rows));
                                List<Encoding> batch = Arrays.stream(rows)
                                        .mapToObj(sources::get)
                                        .toList();
                                backbone.encode(backbone.batch(batch), observed, Pass.INFERENCE);
                            }
                            return null;
                        })
                        .toList();
        try (Lifetime.Use use = use()) {
            compute.all(pieces);
        }
    }

    private List<int[]> generateBatch(List<Encoding> batch, Generation settings, int start, MethodObserver observer) {
        List<BeamSearch> searches = IntStream.range(0, batch.size())
                .mapToObj(i -> new BeamSearch(
                        settings, backbone.forcedFirstId(), backbone.forcedLastId(), start, backbone.endId()))
                .toList();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                DecoderCache cache = DecoderCache.create()) {
            Modifications modifications = modifications(Pass.INFERENCE, MethodObserver.NONE);
            Modifications observed = modifications(Pass.INFERENCE, observer);
            Memory memory = perBeam(backbone.encode(backbone.batch(batch), observed, Pass.INFERENCE), settings.beams());
            while (!searches.stream().allMatch(BeamSearch::isDone)) {
                step(searches, settings.beams(), memory, cache, modifications);
            }
        }
        return searches.stream().map(BeamSearch::best).toList();
    }

    /** Repeats every example's memory once for each of its beams. */
    private static Memory perBeam(Memory memory, int beams) {
        if (beams == 1) {
            return memory;
        }
        return new Memory(repeat(memory.states(), beams), repeat(memory.attentionMask(), beams));
    }

    private static Tensor repeat(Tensor tensor, int times) {
        return tensor.repeat_interleave(times, new LongOptional(0), new LongOptional());
    }

    private void step(
            List<BeamSearch> searches, int beams, Memory memory, DecoderCache cache, Modifications modifications) {
        try (PointerScope step = new PointerScope()) {
            long[] ids = new long[searches.size() * beams];
            long[] origins = new long[ids.length];
            int candidates = 1;
            for (int i = 0; i < searches.size(); i++) {
                BeamSearch search = searches.get(i);
                int[] last = search.isDone() ? new int[0] : search.lastTokens();
                int[] from = search.isDone() ? new int[0] : search.origins();
                candidates = search.isDone() ? candidates : Math.max(candidates, search.candidates());
                for (int beam = 0; beam < beams; beam++) {
                    // Finished examples and missing hypotheses are computed too and ignored.
                    ids[i * beams + beam] = beam < last.length ? last[beam] : backbone.endId();
                    origins[i * beams + beam] = (long) i * beams + (beam < from.length ? from[beam] : beam);
                }
            }
            Compute compute = backbone.compute();
            if (cache.length() > 0 && beams > 1) {
                cache.reorder(compute.move(Tensor.create(origins)));
            }
            Tensor attentionMask =
                    memory.attentionMask().new_ones(new long[] {ids.length, 1}, new TensorOptions(ScalarType.Bool));
            Tensor states = backbone.decode(
                    memory,
                    compute.move(Tensor.create(ids, ids.length, 1)),
                    attentionMask,
                    cache,
                    modifications,
                    Pass.INFERENCE);
            Tensor logits = backbone.vocabularyLogits(states.select(1, 0), modifications);
            int most = (int) Math.min(candidates, logits.size(1));
            var top = torch.log_softmax(logits, 1).topk(most);
            float[] scores = new float[ids.length * most];
            long[] tokens = new long[scores.length];
            top.get0().cpu().contiguous().data_ptr_float().get(scores);
            // Infinite logits also give NaN here.
            for (float score : scores) {
                if (Float.isNaN(score)) {
                    throw new ArithmeticException("a token's score is NaN");
                }
            }
            top.get1().cpu().contiguous().data_ptr_long().get(tokens);
            for (int i = 0; i < searches.size(); i++) {
                if (!searches.get(i).isDone()) {
                    advance(searches.get(i), i * beams, beams, most, tokens, scores);
                }
            }
        }
    }

    private static void advance(BeamSearch search, int row, int beams, int most, long[] tokens, float[] scores) {
        int[][] best = new int[beams][];
        float[][] logProbabilities = new float[beams][];
        for (int beam = 0; beam < beams; beam++) {
            int from = (row + beam) * most;
            best[beam] = IntStream.range(from, from + most)
                    .map(at -> Math.toIntExact(tokens[at]))
                    .toArray();
            logProbabilities[beam] = Arrays.copyOfRange(scores, from, from + most);
        }
        search.advance(best, logProbabilities);
    }

    /** Returns the tensors to save, by name: the method's saved form. They belong to the surrounding scope. */
    public Map<String, Tensor> save() {
        return method.save(adapterWeights, backbone);
    }

    /** Returns backbone weights that include the method's change, by name; see {@link Method#merge}. */
    public Map<String, Tensor> merge() {
        return method.merge(adapterWeights, backbone);
    }

    /** Returns the frozen backbone. */
    public EncoderDecoder backbone() {
        return backbone;
    }

    /** Returns the method. */
    public Method method() {
        return method;
    }

    /** Returns the adapter weights. */
    public Weights adapterWeights() {
        return adapterWeights;
    }

    @Override
    public void close() {
        adapterWeights.close();
    }
}
