package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class FoldScoresTest {
    private static final List<Map<String, Double>> FOLDS =
            List.of(Map.of("accuracy", 0.5), Map.of("accuracy", 0.7), Map.of("accuracy", 0.9));

    @Test
    void meanAndDeviationAreThoseOfTheFolds() {
        FoldScores scores = new FoldScores(List.of(3, 3, 4), FOLDS, Map.of());
        assertThat(scores.metrics()).containsExactly("accuracy");
        assertThat(scores.mean("accuracy")).isCloseTo(0.7, within(1e-12));
        assertThat(scores.deviation("accuracy")).isCloseTo(0.2, within(1e-12));
    }

    @Test
    void twoFoldsAreTheFewest() {
        assertThat(new FoldScores(List.of(3, 3), FOLDS.subList(0, 2), Map.of()).mean("accuracy"))
                .isCloseTo(0.6, within(1e-12));
        assertThatThrownBy(() -> new FoldScores(List.of(3), FOLDS.subList(0, 1), Map.of()))
                .isInstanceOf(InputException.class);
        assertThatThrownBy(() -> new FoldScores(List.of(3, 3), FOLDS, Map.of())).isInstanceOf(InputException.class);
    }
}
