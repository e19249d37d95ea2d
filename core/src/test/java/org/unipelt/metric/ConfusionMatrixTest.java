package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ConfusionMatrixTest {
    @Test
    void countsRightClassesDownAndPredictedAcross() {
        List<String> classes = List.of("billing", "delivery", "praise");
        ConfusionMatrix matrix = ConfusionMatrix.of(classes, new int[] {0, 1, 1, 0, 1}, new int[] {0, 0, 1, 0, 1});
        assertThat(matrix.counts()).containsExactly(List.of(2, 1, 0), List.of(0, 2, 0), List.of(0, 0, 0));
        assertThat(matrix.toText()).isEqualTo("""
                                  predicted
                        right     billing  delivery  praise   found
                        billing         2         1       0     67%
                        delivery        0         2       0    100%
                        praise          0         0       0       –
                        """);
    }

    @Test
    void classesAreNumberedWhereNamesDoNotFit() {
        String text = diagonal(12, "a class with quite a long name ");
        assertThat(text)
                .contains("\nright                        1  2  3")
                .contains("\n 1 a class with quite a lo…  1  0");
        assertThat(text.lines()).allMatch(line -> line.length() <= 80).hasSize(14);
    }

    /** Of two classes, the table is as wide as the longer name, both names and 12 more. */
    @Test
    void aTableOfAllColumnsHasNames() {
        String longest = "a name of 24 characters,";
        ConfusionMatrix widest = ConfusionMatrix.of(List.of(longest, "x".repeat(20)), new int[] {0}, new int[] {0});
        assertThat(widest.toText())
                .contains("\nright                     " + longest + "  " + "x".repeat(20) + "   found");
        assertThat(widest.toText().lines().mapToInt(String::length)).contains(80);
        ConfusionMatrix wider = ConfusionMatrix.of(List.of(longest, "x".repeat(21)), new int[] {0}, new int[] {0});
        assertThat(wider.toText()).contains("\n1 " + longest + "  1");
    }

    @Test
    void manyClassesAreAListOfConfusions() {
        int[] gold = IntStream.range(0, 77).toArray();
        int[] predicted = gold.clone();
        predicted[3] = 5;
        ConfusionMatrix matrix = ConfusionMatrix.of(classes(77, "c"), predicted, gold);
        assertThat(matrix.toText()).isEqualTo("""
                        most frequent confusions (77 classes are too many for a table)
                              1  c3 taken for c5
                        """);
        assertThat(diagonal(77, "c")).isEqualTo("no example has a wrong class\n");
    }

    @Test
    void countsMustBeASquare() {
        assertThatThrownBy(() -> new ConfusionMatrix(List.of("a", "b"), List.of(List.of(1, 2))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String diagonal(int size, String prefix) {
        int[] all = IntStream.range(0, size).toArray();
        return ConfusionMatrix.of(classes(size, prefix), all, all).toText();
    }

    private static List<String> classes(int size, String prefix) {
        return IntStream.range(0, size).mapToObj(i -> prefix + i).toList();
    }

    /** Numbers of scikit-learn's precision_recall_fscore_support. */
    @Test
    void everyClassHasItsScoresTheWeakestFirst() {
        ConfusionMatrix matrix = ConfusionMatrix.of(
                List.of("a", "b", "c", "never"), new int[] {0, 0, 1, 1, 0, 2, 0}, new int[] {0, 0, 1, 0, 1, 1, 1});
        assertThat(matrix.classScores())
                .extracting(ClassScore::label, ClassScore::support)
                .containsExactly(tuple("c", 0), tuple("b", 4), tuple("a", 3));
        ClassScore b = matrix.classScores().get(1);
        assertThat(b.precision()).isEqualTo(0.5);
        assertThat(b.recall()).isEqualTo(0.25);
        assertThat(b.f1()).isEqualTo(1 / 3.0);
        assertThat(matrix.mistakes())
                .containsExactly(
                        new ConfusionMatrix.Confusion(1, 0, 2),
                        new ConfusionMatrix.Confusion(0, 1, 1),
                        new ConfusionMatrix.Confusion(1, 2, 1));
    }
}
