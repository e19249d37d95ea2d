package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Expected values are counted by hand. */
final class LabelScoreTest {
    private static final double[][] PROBABILITIES = {{0.9, 0.3}, {0.6, 0.5}, {0.2, 0.45}, {0.4, 0.1}};
    private static final boolean[][] GOLD = {{true, false}, {false, true}, {true, false}, {false, false}};

    @Test
    void everyLabelIsScoredAtItsThreshold() {
        assertThat(LabelScore.of(List.of("a", "b"), List.of(0.5, 0.4), PROBABILITIES, GOLD))
                .containsExactly(
                        new LabelScore("a", 0.5, 0.5, 0.5, 0.5, 0.75, 2),
                        new LabelScore("b", 0.4, 0.5, 1, 2 / 3.0, 1, 1));
    }

    @Test
    void aProbabilityAtItsThresholdPasses() {
        double[][] one = {{0.5}, {0.25}};
        boolean[][] first = {{true}, {false}};
        assertThat(LabelScore.of(List.of("a"), List.of(0.5), one, first))
                .containsExactly(new LabelScore("a", 0.5, 1, 1, 1, 1, 1));
    }

    /** Two right rows share a probability, so both have the precision after them: 2/3. */
    @Test
    void rowsOfOneProbabilityCountTogether() {
        double[][] tied = {{0.9}, {0.5}, {0.5}};
        boolean[][] gold = {{false}, {true}, {true}};
        assertThat(LabelScore.of(List.of("a"), List.of(0.5), tied, gold))
                .containsExactly(new LabelScore("a", 0.5, 2 / 3.0, 1, 0.8, 2 / 3.0, 2));
    }
}
