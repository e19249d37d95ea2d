package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class SplitTest {
    /** numpy.random.default_rng(111).permutation(12) is 1, 10, 0, 9, 5, 11, 4, 8, 6, 7, 2, 3. */
    @Test
    void someRowsOfEachClassAreDrawn() {
        // 7 rows of a, 4 of b, 1 of c
        Dataset all = new Dataset(
                "rows.tsv",
                IntStream.range(0, 12)
                        .mapToObj(i -> Example.of("text " + i).labelled(i == 5 ? "c" : i % 3 == 0 ? "b" : "a"))
                        .toList());
        Labels labels = Labels.of(all, LabelKind.CLASSES);
        Split split = PerClass.of(2).split(all, Optional.empty(), labels, 111);
        assertThat(split.train().examples())
                .extracting(Example::text)
                .containsExactly("text 1", "text 10", "text 0", "text 9", "text 5");
        assertThat(split.dev().examples())
                .extracting(Example::text)
                .containsExactly("text 11", "text 4", "text 8", "text 6", "text 7", "text 2", "text 3");
        assertThat(split.aside()).isFalse();
        assertThat(split.description())
                .isEqualTo(
                        "2 rows of each class (all that there are of 'c' 1), 5 of 12, drawn with data seed 111 to train,"
                                + " the next 7 for development");
        assertThatThrownBy(() -> PerClass.of(7).split(all, Optional.empty(), labels, 111))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "rows.tsv: no class has more than 7 rows, so none is left for development; ask for fewer per"
                                + " class, or train on all rows");
        assertThatThrownBy(() -> PerClass.of(0)).hasMessage("rows per class must be at least 1, got 0");
        Dataset scores = new Dataset(
                "scores.tsv",
                IntStream.range(0, 9)
                        .mapToObj(i -> Example.of("text " + i).labelled(i + ".5"))
                        .toList());
        assertThatThrownBy(
                        () -> PerClass.of(2).split(scores, Optional.empty(), Labels.of(scores, LabelKind.SCORE), 111))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("per-class draws rows of each class, but the labels are ")
                .hasMessageEndingWith("; draw with samples instead");
    }

    private static final Labels.Classes CLASSES = new Labels.Classes(List.of("0", "1", "2"));

    /** First and 1100th number of the permutation of RTE's 2490 rows by seed 111, from NumPy. */
    @Test
    void fewShotTakesThePermutationsFirstRows() {
        Dataset official = rows(277);
        Split split = Split.fewShot(rows(2490), Optional.of(official), 100, 111);
        assertThat(split.train().size()).isEqualTo(100);
        assertThat(split.dev().size()).isEqualTo(1000);
        assertThat(split.test()).contains(official);
        assertThat(split.train().subset(0, 1, 2).examples().stream().map(Example::text))
                .containsExactly("text 570", "text 2028", "text 785");
        assertThat(split.dev().get(999).text()).isEqualTo("text 1506");
        assertThat(split.description())
                .isEqualTo(
                        "100 of 2490 rows drawn with data seed 111 to train, the next 1000 for development, 277 rows of"
                                + " data.tsv to test");
        assertThat(disjoint(split)).isTrue();
    }

    @Test
    void fewShotUsesWhatRemainsAndSaysSo() {
        Split split = Split.fewShot(rows(10), Optional.empty(), 7, 111);
        // default_rng(111).permutation(10) is 1 8 0 9 7 5 4 6 2 3
        assertThat(split.train().examples().stream().map(Example::line)).containsExactly(2, 9, 1, 10, 8, 6, 5);
        assertThat(split.dev().examples().stream().map(Example::line)).containsExactly(7, 3, 4);
        assertThat(split.description()).contains("the next 3 for development (all that remain; the paper takes 1000)");
    }

    @Test
    void fewShotRefusesWhatTheDataCannotGive() {
        assertThatThrownBy(() -> Split.fewShot(rows(10), Optional.empty(), 10, 1))
                .isInstanceOf(InputException.class)
                .hasMessage("data.tsv: has 10 rows, which is too few for 10 samples and a development set; ask for 9 at"
                        + " most");
        assertThatThrownBy(() -> Split.fewShot(rows(10), Optional.empty(), Integer.MAX_VALUE, 1))
                .isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Split.fewShot(rows(10), Optional.empty(), 0, 1))
                .isInstanceOf(InputException.class)
                .hasMessage("samples is 0; give 1 or more");
        assertThatThrownBy(() -> Split.fewShot(rows(10), Optional.empty(), 5, -1))
                .isInstanceOf(InputException.class);
    }

    @Test
    void heldOutKeepsTheSharesOfTheClasses() {
        // 60 rows of class 0, 38 of class 1, 2 of class 2.
        Dataset all = data(
                IntStream.range(0, 100).map(i -> i < 60 ? 0 : i < 98 ? 1 : 2).toArray());
        Split split = Split.heldOut(all, CLASSES, 0.1, 42);
        int[] dev = CLASSES.indices(split.dev());
        assertThat(IntStream.range(0, 3)
                        .mapToObj(c -> Arrays.stream(dev).filter(d -> d == c).count()))
                .containsExactly(6L, 4L, 1L);
        assertThat(split.train().size()).isEqualTo(89);
        assertThat(disjoint(split)).isTrue();
        assertThat(split.dev().examples().stream().map(Example::line)).isSorted();
        assertThat(split.test()).isEmpty();
        assertThat(split.description())
                .startsWith("11 of 100 rows set aside for development, the same share of each class");
        assertThat(Split.heldOut(all, CLASSES, 0.1, 42)).isEqualTo(split);
        assertThat(Split.heldOut(all, CLASSES, 0.1, 43).dev()).isNotEqualTo(split.dev());
    }

    @Test
    void theLastRowOfAClassIsNeverSetAside() {
        Split split = Split.heldOut(data(0, 0, 1, 2), CLASSES, 0.9, 1);
        assertThat(split.dev().examples()).hasSize(1).allMatch(example -> example.label()
                .equals(Optional.of("0")));
        assertThatThrownBy(() -> Split.heldOut(data(0, 1, 2), CLASSES, 0.5, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("3 rows are too few");
    }

    @Test
    void scoresAreSplitAtRandom() {
        Dataset all = rows(30);
        Split split = Split.heldOut(all, new Labels.Score(), 0.1, 5);
        assertThat(split.dev().size()).isEqualTo(3);
        assertThat(disjoint(split)).isTrue();
        assertThat(split.description()).doesNotContain("class");
        assertThatThrownBy(() -> Split.heldOut(rows(1), new Labels.Score(), 0.1, 5))
                .isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Split.heldOut(all, new Labels.Score(), 1, 5)).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Split.heldOut(all, new Labels.Score(), Double.NaN, 5))
                .isInstanceOf(InputException.class);
    }

    @Test
    void emptyPartsAreRefused() {
        assertThatThrownBy(() -> Split.given(rows(0), rows(1), Optional.empty()))
                .isInstanceOf(InputException.class);
        assertThat(Split.given(rows(5), rows(2), Optional.of(rows(3))).description())
                .isEqualTo("5 rows to train, 2 development rows as given, 3 test rows as given");
    }

    private static boolean disjoint(Split split) {
        HashSet<Example> seen = new HashSet<>(split.train().examples());
        seen.addAll(split.dev().examples());
        return seen.size() == split.train().size() + split.dev().size();
    }

    /** Rows of class 0 that are all different. */
    private static Dataset rows(int size) {
        return data(new int[size]);
    }

    private static Dataset data(int... labels) {
        return new Dataset(
                "data.tsv",
                IntStream.range(0, labels.length)
                        .mapToObj(i -> new Example(
                                "text " + i, Optional.empty(), Optional.of(Integer.toString(labels[i])), i + 1))
                        .toList());
    }
}
