package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ProfileTest {
    private static final String REMEDY = " (--merge-case makes them one)";

    @Test
    void classesAreCountedTheMostFrequentFirst() {
        Profile profile = of("b", "a", "b", "c", "b", "c");
        assertThat(profile.said(80)).isEqualTo("6 rows, 3 classes: b 3, c 2, a 1");
        assertThat(profile.warnings())
                .containsExactly("3 of 3 classes have fewer than 5 rows: a 1, c 2, b 3; add rows");
        assertThat(of("b", "a", "b", "b", "b", "b").warnings())
                .containsExactly("1 of 2 classes have fewer than 5 rows: a 1; add rows, or leave such classes out"
                        + " with --min-rows-per-class 5");
        assertThat(of("a", "b").said(80)).isEqualTo("2 rows, 2 classes: a 1, b 1");
    }

    @Test
    void theLineEndsWhereTheNextClassWouldNotFit() {
        Profile profile = of("flight", "flight", "hotel", "\u001b[31mred");
        assertThat(profile.said(80)).isEqualTo("4 rows, 3 classes: flight 2, \\u001b[31mred 1, hotel 1");
        assertThat(profile.said(40)).isEqualTo("4 rows, 3 classes: flight 2, …");
        for (int width = 20; width < 60; width++) {
            assertThat(profile.said(width).length()).isLessThanOrEqualTo(width);
        }
    }

    @Test
    void scoresAreTheirRange() {
        assertThat(of("4.5", "0.5", "3").said(80)).isEqualTo("3 rows, scores from 0.5 to 4.5");
    }

    @Test
    void labelsThatLookAlikeAreToldWithWhatDiffers() {
        assertThat(others(of("bar", "bar\u00a0", "bar", "foo")))
                .containsExactly("labels that look alike are different classes: 'bar' 2, 'bar\\u00a0' 1" + REMEDY);
        assertThat(others(of("Bar", "bar", "x")))
                .containsExactly("labels that look alike are different classes: 'Bar' 1, 'bar' 1" + REMEDY);
        assertThat(others(of("caf\u00e9", "cafe\u0301")))
                .containsExactly(
                        "labels that look alike are different classes: 'cafe\\u0301' 1, 'caf\\u00e9' 1" + REMEDY);
        assertThat(others(of("a b", "a\u200b b", "a  b"))).hasSize(1);
        assertThat(others(of("bar", "baz", "b ar"))).isEmpty();
    }

    @Test
    void setsOfLabelsAreToldWithWhatLooksLikeAMistake() {
        boolean[][] rows = {{true, false, false}, {false, true, false}, {false, false, false}, {true, false, false}};
        assertThat(Profile.ofSets(List.of("red|blue", "green", "never"), rows).warnings())
                .containsExactly(
                        "3 of 3 labels have fewer than 5 rows: never 0, green 1, red|blue 2; add rows",
                        "no row has more than one label, but labels hold '|'; if it separates them, give"
                                + " --label-separator '|'");
        boolean[][] single = {{true, false}, {false, true}};
        assertThat(Profile.ofSets(List.of("Bar", "bar"), single).warnings())
                .containsExactly(
                        "2 of 2 labels have fewer than 5 rows: Bar 1, bar 1; add rows",
                        "labels that look alike are different labels: 'Bar' 1, 'bar' 1 (write them alike)",
                        "no row has more than one label; if that is meant so, --labels classes fits better");
        boolean[][] both = {{true, true}};
        assertThat(Profile.ofSets(List.of("a", "b"), both).warnings())
                .containsExactly("2 of 2 labels have fewer than 5 rows: a 1, b 1; add rows");
    }

    @Test
    void spansInsideWordsAreToldWithTheFirst() {
        Example row = new Example("in Oslo", Optional.empty(), Optional.empty(), 1);
        SpanSet whole = new SpanSet(List.of(new Span(3, 7, "place")));
        SpanSet part = new SpanSet(List.of(new Span(4, 6, "place")));
        SpanSet begin = new SpanSet(List.of(new Span(3, 5, "place")));
        assertThat(Profile.ofSpans(
                                List.of("place"), new Dataset("d", List.of(row, row, row)), List.of(whole, part, begin))
                        .warnings())
                .containsExactly(
                        "1 of 1 labels have fewer than 5 rows: place 3; add rows",
                        "2 of 3 spans begin or end inside a word, as 'sl' in 'in Oslo'; the model learns whole words, and"
                                + " can never find these as they are");
        assertThat(Profile.ofSpans(List.of("a", "A"), new Dataset("d", List.of(row)), List.of(whole))
                        .warnings())
                .hasSize(2);
    }

    @Test
    void decimalCommasAreToldUnlessClassesWereAskedFor() {
        String warning =
                "labels such as 3,75 look like numbers with decimal commas, but are taken as classes; write 3.75 if"
                        + " they are scores";
        assertThat(others(of("4,5", "3,75", "4", "4,5"))).containsExactly(warning);
        Dataset rows = rows("4,5", "3,75", "4", "4,5");
        assertThat(others(Labels.of(rows, LabelKind.CLASSES).profile(rows, false)))
                .isEmpty();
        assertThat(others(of("1,2", "a,b"))).isEmpty();
    }

    @Test
    void whatLooksLikeAMistakeIsToldWithWhatToDo() {
        String[] stamps = IntStream.range(0, 180).mapToObj(i -> "t" + i).toArray(String[]::new);
        Dataset rows =
                rows(Stream.concat(Arrays.stream(stamps), Arrays.stream(stamps)).toArray(String[]::new));
        assertThat(Labels.of(rows, LabelKind.CLASSES).profile(rows, false).warnings())
                .containsExactly(
                        "180 classes in 360 rows; is this the column of the labels? choose another with --label");
        Dataset twice = new Dataset(
                "x",
                List.of(
                        new Example("so", Optional.empty(), Optional.of("a"), 2),
                        new Example("so", Optional.empty(), Optional.of("a"), 3),
                        new Example("so", Optional.empty(), Optional.of("b"), 4),
                        new Example("so", Optional.of("it"), Optional.of("b"), 5)));
        assertThat(Profile.contradictions(twice))
                .contains(
                        "1 text has different labels in different rows, as 'so' is a in line 2 and b in line 4; choose"
                                + " one of them");
        assertThat(Profile.repeated("test", twice.subset(2, 3), twice.subset(0)).orElseThrow())
                .startsWith("1 of 2 test rows are training rows as well");
        assertThat(Profile.repeated("test", twice.subset(3), twice.subset(0))).isEmpty();
        assertThat(of("a", "a", "a", "a", "a", "b").uneven()).isTrue();
        assertThat(of("a", "a", "a", "a", "b").uneven()).isFalse();
    }

    /** Without the one of few rows. */
    private static List<String> others(Profile profile) {
        return profile.warnings().stream()
                .filter(warning -> !warning.contains("have fewer than"))
                .toList();
    }

    private static Profile of(String... labels) {
        Dataset rows = rows(labels);
        return Labels.of(rows, LabelKind.AUTO).profile(rows, true);
    }

    private static Dataset rows(String... labels) {
        Stream<Example> examples = IntStream.range(0, labels.length)
                .mapToObj(i -> Example.of("x" + i).labelled(labels[i]));
        return new Dataset("x", List.copyOf(examples.toList()));
    }
}
