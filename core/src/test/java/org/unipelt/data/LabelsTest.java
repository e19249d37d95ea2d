package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class LabelsTest {
    @Test
    void wholeNumbersAreOrderedByValueAndStringsAsStrings() {
        assertThat(names("10", "9", "-1", "9")).containsExactly("-1", "9", "10");
        assertThat(names("b10", "b9", "a")).containsExactly("a", "b10", "b9");
        // The same number written twice: two classes, as strings.
        assertThat(names("1", "01", "2")).containsExactly("01", "1", "2");
    }

    @Test
    void fractionsMakeScores() {
        assertThat(guess("0", "1", "2.5")).isEqualTo(new Labels.Score());
        assertThat(guess("0", "1.0", "2.0")).isInstanceOf(Labels.Classes.class);
        assertThat(guess("1.5", "x", "y")).isInstanceOf(Labels.Classes.class);
        assertThat(Labels.of(data("1.5", "2.5"), LabelKind.CLASSES))
                .isEqualTo(new Labels.Classes(List.of("1.5", "2.5")));
        assertThat(Labels.of(data("1", "2"), LabelKind.SCORE)).isEqualTo(new Labels.Score());
        assertThat(new Labels.Score().outputs()).isEqualTo(1);
        assertThat(new Labels.Classes(List.of("a", "b", "c")).outputs()).isEqualTo(3);
    }

    @Test
    void scoresThatAreNoFiniteNumbersAreToldWithTheirLines() {
        String[] labels = {
            "0.5", "1.25", "NaN", "3", "4", "2.5", "1", "inf", "7", "0", "1e3", "-2.", ".5", "0x10", "9", "1", "1", "1",
            "1", "1e39"
        };
        assertThatThrownBy(() -> guess(labels))
                .isInstanceOf(InputException.class)
                .hasMessage(String.join(
                        "\n",
                        "train.tsv: 4 bad rows; correct or remove them:",
                        "  train.tsv:4: the score 'NaN' is not a finite number",
                        "  train.tsv:9: the score 'inf' is not a finite number",
                        "  train.tsv:15: the score '0x10' is not a finite number",
                        "  train.tsv:21: the score '1e39' is not a finite number"));
        assertThat(new Labels.Score().scores(data("-2.", ".5", "1e3"))).containsExactly(-2, 0.5, 1000);
        assertThatThrownBy(() -> new Labels.Score().score("1d"))
                .isInstanceOf(InputException.class)
                .hasMessage("the score '1d' is not a finite number; give a decimal number");
    }

    @Test
    void oneClassOrOneScoreIsRefused() {
        assertThatThrownBy(() -> guess("a", "a"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("train.tsv: every row has the label 'a'");
        assertThatThrownBy(() -> guess("2.5", "2.5"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("train.tsv: every row has the score 2.5");
        assertThatThrownBy(() -> new Labels.Classes(List.of("a"))).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> new Labels.Classes(List.of("a", "a"))).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> guess()).isInstanceOf(InputException.class);
    }

    @Test
    void aLabelForEveryRowIsTheWrongColumn() {
        String[] ids = IntStream.range(0, 30).mapToObj(i -> "id" + i).toArray(String[]::new);
        assertThatThrownBy(() -> guess(ids))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("30 different labels in 30 rows; choose another label column");
        assertThat(Labels.of(data(ids), LabelKind.CLASSES).outputs()).isEqualTo(30);
    }

    @Test
    void unseenAndMissingLabelsAreToldWithTheirLines() {
        Labels.Classes classes = new Labels.Classes(List.of("neg", "pos"));
        Dataset dev = new Dataset(
                "dev.tsv",
                List.of(
                        Example.of("a").labelled("pos"),
                        new Example("b", Optional.empty(), Optional.of("neutral"), 3),
                        Example.of("c")));
        assertThatThrownBy(() -> classes.check(dev))
                .isInstanceOf(InputException.class)
                .hasMessage(String.join(
                        "\n",
                        "dev.tsv: 2 bad rows; correct or remove them:",
                        "  dev.tsv, example 3: has no label",
                        "  dev.tsv:3: the label 'neutral' is not among those trained on (neg, pos)"));
        assertThatThrownBy(() -> Labels.of(dev, LabelKind.AUTO)).hasMessageContaining("example 3: has no label");
        assertThat(classes.indices(dev.subset(0))).containsExactly(1);
        assertThat(classes.indexOf("neg")).isZero();
        assertThatThrownBy(() -> classes.indexOf("ne"))
                .isInstanceOf(InputException.class)
                .hasMessage("unknown label 'ne'; did you mean 'neg'?");
    }

    private static List<String> names(String... labels) {
        return ((Labels.Classes) guess(labels)).names();
    }

    private static Labels guess(String... labels) {
        return Labels.of(data(labels), LabelKind.AUTO);
    }

    private static Dataset data(String... labels) {
        List<Example> examples = new ArrayList<>();
        for (String label : labels) {
            examples.add(new Example("text", Optional.empty(), Optional.of(label), examples.size() + 2));
        }
        return new Dataset("train.tsv", examples);
    }
}
