package org.unipelt.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.unipelt.tensor.Rng;

/**
 * Which examples go into which batch. Members of similar length share a batch, because a batch costs what its longest
 * member costs. Every index stands in exactly one batch, and the same arguments give the same plan on every machine.
 */
public final class BatchPlan {
    /** Batches that are sorted among themselves: enough to be alike in length, few enough to stay a random choice. */
    private static final int POOL = 50;

    private BatchPlan() {}

    /**
     * Batches for one epoch of training. The examples are shuffled, each run of {@value #POOL} batches is sorted by
     * length, and the order of all batches is shuffled again. Only one batch can be smaller than the others.
     *
     * @param lengths tokens of each example
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
     * Batches for prediction: all examples sorted, the longest first, so that memory that is too small shows at once. The
     * caller puts the results back by the indices.
     *
     * @param lengths tokens of each example
     * @param batchSize examples per batch at most, at least 1
     * @param tokens tokens per batch at most, padding included; an example of more stands alone
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

    /** Equal lengths keep their order, as sorting a list is stable. */
    private static Comparator<Integer> longestFirst(int[] lengths) {
        return Comparator.comparingInt(i -> -lengths[i]);
    }

    private static void cut(List<Integer> order, int batchSize, List<int[]> into) {
        int[] indices = order.stream().mapToInt(Integer::intValue).toArray();
        for (long from = 0; from < indices.length; from += batchSize) {
            into.add(Arrays.copyOfRange(indices, (int) from, (int) Math.min(indices.length, from + batchSize)));
        }
    }

    /** Fisher and Yates, written out because the library's own shuffle is free to change. */
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
