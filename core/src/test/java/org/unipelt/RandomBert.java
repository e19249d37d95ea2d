package org.unipelt;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * A BERT of a few thousand random numbers, with pooler: small enough to run any contract on, and with weights large enough
 * that every part of it shows in the logits. It owns its weights.
 */
public final class RandomBert implements AutoCloseable {
    public static final int LAYERS = 2;
    public static final int HIDDEN = 32;
    /** Unlike every other size, so that a mix-up of widths is an error and not a coincidence. */
    public static final int INTERMEDIATE = 56;

    public static final int VOCABULARY = 60;
    public static final int POSITIONS = 64;
    public static final int TYPES = 2;

    private static final Bert.Config CONFIG = new Bert.Config(
            new Anatomy(HIDDEN, Stack.plain(Part.ENCODER, LAYERS, HIDDEN, 4, INTERMEDIATE)),
            VOCABULARY,
            POSITIONS,
            TYPES,
            1e-12,
            0);

    private final Weights weights;
    private final Bert backbone;

    /** The same numbers for the same seed. */
    public RandomBert(long seed) {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bert.weightShapes(CONFIG, true)
                    .forEach((name, shape) -> tensors.put(name, random(Rng.of(seed, name), name, shape)));
            weights = Weights.of(tensors);
        }
        backbone = new Bert(CONFIG, weights);
    }

    private static Tensor random(Rng rng, String name, long[] shape) {
        double mean = name.endsWith("LayerNorm.weight") ? 1 : 0;
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + 0.2 * rng.nextGaussian());
        }
        return Tensor.create(values, shape);
    }

    public Bert backbone() {
        return backbone;
    }

    /** The same BERT with products of another precision; to be closed before this one. */
    public Bert in(Precision precision) {
        return on(Compute.of(Device.CPU, precision));
    }

    /** The same BERT computed otherwise; to be closed before this one. */
    public Bert on(Compute compute) {
        return new Bert(CONFIG, weights, compute);
    }

    /** The same BERT with some weights replaced; it must not outlive this one or the surrounding scope. */
    public Bert with(Map<String, Tensor> replaced) {
        Map<String, Tensor> all = new LinkedHashMap<>(weights.asMap());
        replaced.forEach((name, tensor) -> {
            if (all.replace(name, tensor) == null) {
                throw new IllegalArgumentException("no weight is called " + name);
            }
        });
        return new Bert(CONFIG, Weights.of(all));
    }

    /** Some text of that many tokens; another {@code seed}, another text. */
    public static long[] text(int length, long seed) {
        Rng rng = new Rng(seed);
        long[] ids = new long[length];
        for (int i = 0; i < length; i++) {
            ids[i] = 1L + rng.nextInt(VOCABULARY - 1);
        }
        return ids;
    }

    /** Texts in one batch, filled up with the padding token to the longest and {@code extra} columns more. */
    public static TokenBatch batch(int extra, long[]... texts) {
        return batch(extra, 0, texts);
    }

    /** The same with any token where padding is. */
    public static TokenBatch batch(int extra, long filler, long[]... texts) {
        int rows = texts.length;
        int length = Arrays.stream(texts).mapToInt(text -> text.length).max().orElseThrow() + extra;
        long[] ids = new long[rows * length];
        long[] types = new long[rows * length];
        boolean[] attentionMask = new boolean[rows * length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < length; column++) {
                int at = row * length + column;
                attentionMask[at] = column < texts[row].length;
                ids[at] = attentionMask[at] ? texts[row][column] : filler;
                // The second half of a text is its second segment.
                types[at] = attentionMask[at] && column >= texts[row].length / 2 ? 1 : 0;
            }
        }
        return new TokenBatch(
                Tensor.create(ids, rows, length),
                Tensor.create(types, rows, length),
                Tensor.create(attentionMask, rows, length));
    }

    @Override
    public void close() {
        backbone.close();
        weights.close();
    }
}
