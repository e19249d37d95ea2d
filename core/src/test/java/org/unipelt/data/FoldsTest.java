package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class FoldsTest {
    /** 17 rows: 9 of a, 6 of b, 2 of c. */
    private static final Dataset ROWS = new Dataset(
            "rows",
            IntStream.range(0, 17)
                    .mapToObj(i -> Example.of("text " + i).labelled(i % 2 == 0 ? "a" : i > 12 ? "c" : "b"))
                    .toList());

    @Test
    void everyRowIsInOneFoldAndEveryClassInItsShare() {
        Labels labels = Labels.of(ROWS, LabelKind.CLASSES);
        Folds folds = Folds.of(ROWS, labels, 5, 111);
        assertThat(folds.rows().stream().flatMapToInt(Arrays::stream).sorted())
                .containsExactlyElementsOf(IntStream.range(0, 17).boxed().toList());
        assertThat(folds.rows()).extracting(rows -> rows.length).containsExactly(4, 4, 3, 3, 3);
        for (int fold = 0; fold < 5; fold++) {
            int[] held = folds.rows().get(fold);
            assertThat(held).isSorted();
            assertThat(Arrays.stream(held).filter(row -> row % 2 == 0).count()).isBetween(1L, 2L);
            assertThat(Arrays.stream(held)
                            .filter(row -> row % 2 == 1 && row > 12)
                            .count())
                    .isBetween(0L, 1L);
            assertThat(folds.without(fold)).isSorted().doesNotContain(held).hasSize(17 - held.length);
        }
        assertThat(Folds.of(ROWS, labels, 5, 111).rows())
                .usingRecursiveComparison()
                .isEqualTo(folds.rows());
        // numpy.random.default_rng(111).permutation(17), stably sorted by class; the places 0, 5, 10 and 15
        assertThat(folds.rows().get(0)).containsExactly(0, 1, 6, 15);
    }

    @Test
    void scoresAreDividedAtRandom() {
        Dataset scores = new Dataset(
                "scores",
                IntStream.range(0, 6)
                        .mapToObj(i -> Example.of("text " + i).labelled(i + ".5"))
                        .toList());
        assertThat(Folds.of(scores, Labels.of(scores, LabelKind.SCORE), 2, 111).rows())
                .extracting(rows -> rows.length)
                .isEqualTo(List.of(3, 3));
    }

    @Test
    void theRowsOfAQueryStayTogether() {
        Dataset ranked = new Dataset(
                "ranked",
                IntStream.range(0, 12)
                        .mapToObj(i ->
                                Example.ofPair("query " + i % 4, "text " + i).labelled(i < 4 ? "1" : "0"))
                        .toList());
        Labels labels = Labels.of(ranked, LabelKind.RELEVANCE);
        for (int[] rows : Folds.of(ranked, labels, 2, 111).rows()) {
            assertThat(rows).isSorted().hasSize(6);
            assertThat(Arrays.stream(rows).map(row -> row % 4).distinct()).hasSize(2);
        }
        assertThatThrownBy(() -> Folds.of(ranked, labels, 5, 111))
                .isInstanceOf(InputException.class)
                .hasMessage("ranked: has 4 queries, which is too few for 5 folds; ask for 4 at most");
    }

    @Test
    void wrongNumbersAreRefused() {
        Labels labels = Labels.of(ROWS, LabelKind.CLASSES);
        assertThatThrownBy(() -> Folds.of(ROWS, labels, 1, 111))
                .isInstanceOf(InputException.class)
                .hasMessage("folds must be at least 2, got 1");
        assertThatThrownBy(() -> Folds.of(ROWS, labels, 18, 111))
                .isInstanceOf(InputException.class)
                .hasMessage("rows: has 17 rows, which is too few for 18 folds; ask for 17 at most");
    }
}
