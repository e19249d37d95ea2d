package org.unipelt.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.unipelt.tensor.Rng;

/**
 * Assigns examples to batches. Examples of similar length share a batch, because a batch costs as much as its longest
 * example times its size. Every index is in exactly one batch, and the same arguments give the same plan on every
 * machine.
 */
public final class BatchPlan {
    /** The number of batches sorted together: enough for similar lengths, few enough for a random mix. */
    private static final int POOL = 50;

    private BatchPlan() {}

    /**
     * Plans the batches of one training epoch. It shuffles the examples, sorts each group of {@value #POOL} batches by
     * length, and shuffles the order of all batches. At most one batch is smaller than the others.
     *
     * @param lengths the number of tokens of each example
     * @param batchSize examples per batch, at least 1
     * @param random decides the order; give each epoch its own stream
     * @return indices into {@code lengths}
     */
    public static List<int[]> shuffled(int[] lengths, int batchSize, Rng random) {
        List<Integer> order = indices(lengths);
        shuffle(order, random);
        List<int[]> batches = new ArrayList<>();
        long pool = (long) POOL * checked(batchSize);
        for (long from = 0; from < order.size(); from += pool) {
            List<Integer> part = order.subList((int) from, (int) Math.min(order.size(), from + pool));
            part.sort(longestFirst(lengths));
            cut(part, batchSize, batches);
        }
        shuffle(batches, random);
        return List.copyOf(batches);
    }

    /**
     * Plans batches for prediction: sorts all examples, the longest first, so that too little memory shows at once. Use
     * the indices to restore the order of the results.
     *
     * @param lengths the number of tokens of each example
     * @param batchSize the most examples per batch, at least 1
     * @param tokens the most tokens per batch, padding included; a longer example gets its own batch
     * @return indices into {@code lengths}
     */
    public static List<int[]> sorted(int[] lengths, int batchSize, int tokens) {
        List<Integer> order = indices(lengths);
        order.sort(longestFirst(lengths));
        List<int[]> batches = new ArrayList<>();
        int most = checked(batchSize);
        int size;
        for (int from = 0; from < order.size(); from += size) {
            int fit = Math.max(1, tokens / Math.max(1, lengths[order.get(from)]));
            size = Math.min(order.size() - from, Math.min(most, fit));
            batches.add(order.subList(from, from + size).stream()
                    .mapToInt(Integer::intValue)
                    .toArray());
        }
        return List.copyOf(batches);
    }

    private static List<Integer> indices(int[] lengths) {
        return new ArrayList<>(IntStream.range(0, lengths.length).boxed().toList());
    }

    /** Equal lengths keep their order, because sorting a list is stable. */
    private static Comparator<Integer> longestFirst(int[] lengths) {
        return Comparator.comparingInt(i -> -lengths[i]);
    }

    private static void cut(List<Integer> order, int batchSize, List<int[]> into) {
        int[] indices = order.stream().mapToInt(Integer::intValue).toArray();
        for (long from = 0; from < indices.length; from += batchSize) {
            into.add(Arrays.copyOfRange(indices, (int) from, (int) Math.min(indices.length, from + batchSize)));
        }
    }

    /** Fisher–Yates, written here because the JDK's shuffle may change. */
    private static <T> void shuffle(List<T> list, Rng random) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, random.nextInt(i + 1));
        }
    }

    private static int checked(int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size " + batchSize);
        }
        return batchSize;
    }
}
