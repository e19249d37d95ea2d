package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.tensor.Rng;

class BatchPlanTest {
    private static final int[] LENGTHS = new Random(1).ints(2003, 5, 129).toArray();

    @ParameterizedTest
    @CsvSource({"0,4", "1,4", "3,4", "4,4", "2003,16", "2003,1", "2003,2003", "2003,2147483647"})
    void everyIndexStandsInOneBatch(int count, int batchSize) {
        int[] lengths = Arrays.copyOf(LENGTHS, count);
        for (List<int[]> plan : List.of(
                BatchPlan.shuffled(lengths, batchSize, new Rng(7)),
                BatchPlan.sorted(lengths, batchSize, Integer.MAX_VALUE))) {
            assertThat(plan.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                    .isEqualTo(IntStream.range(0, count).toArray());
            assertThat(plan).hasSize((int) ((count + (long) batchSize - 1) / batchSize));
            assertThat(plan.stream().filter(batch -> batch.length != batchSize).count())
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void theSeedDecides() {
        assertThat(nested(BatchPlan.shuffled(LENGTHS, 16, new Rng(3))))
                .isEqualTo(nested(BatchPlan.shuffled(LENGTHS, 16, new Rng(3))));
        assertThat(BatchPlan.shuffled(LENGTHS, 16, new Rng(3)).get(0))
                .isNotEqualTo(BatchPlan.shuffled(LENGTHS, 16, new Rng(4)).get(0));
        // Pinned: a plan is part of what makes a run repeatable on another machine and by a later version.
        assertThat(nested(BatchPlan.shuffled(new int[] {5, 9, 7, 6, 8, 4, 3}, 2, new Rng(42))))
                .isEqualTo("[[0, 5], [6], [2, 3], [1, 4]]");
    }

    @Test
    void batchesAreAlikeInLengthAndMixedInOrder() {
        List<int[]> plan = BatchPlan.shuffled(LENGTHS, 16, new Rng(5));
        double paddedLength =
                plan.stream().mapToInt(batch -> batch.length * longest(batch)).sum();
        double realLength = Arrays.stream(LENGTHS).sum();
        assertThat(paddedLength / realLength).as("padding").isLessThan(1.05);
        int[] firsts = plan.stream().mapToInt(BatchPlanTest::longest).toArray();
        long rises = IntStream.range(1, firsts.length)
                .filter(i -> firsts[i] > firsts[i - 1])
                .count();
        assertThat(rises).as("not sorted").isBetween(firsts.length / 3L, firsts.length * 2L / 3);
    }

    @Test
    void predictionStartsWithTheLongest() {
        List<int[]> plan = BatchPlan.sorted(new int[] {3, 9, 9, 4, 5}, 2, 100);
        assertThat(nested(plan)).isEqualTo("[[1, 2], [4, 3], [0]]");
    }

    /** Padded to the longest of each: 1 x 9, 2 x 5, 3 x 3; 12 alone is too much and still has its place. */
    @Test
    void predictionTakesAsManyAsFit() {
        List<int[]> plan = BatchPlan.sorted(new int[] {3, 9, 12, 5, 4, 3, 2}, 3, 10);
        assertThat(nested(plan)).isEqualTo("[[2], [1], [3, 4], [0, 5, 6]]");
    }

    @Test
    void aBatchHasMembers() {
        assertThatThrownBy(() -> BatchPlan.sorted(LENGTHS, 0, 1000)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String nested(List<int[]> plan) {
        return plan.stream().map(Arrays::toString).toList().toString();
    }

    private static int longest(int[] batch) {
        return Arrays.stream(batch).map(i -> LENGTHS[i]).max().orElse(0);
    }
}
