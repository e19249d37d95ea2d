package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ProfileTest {
    @Test
    void classesAreCountedTheMostFrequentFirst() {
        Profile profile = of("b", "a", "b", "c", "b", "c");
        assertThat(profile.said(80)).isEqualTo("6 rows, 3 classes: b 3, c 2, a 1");
        assertThat(profile.warnings()).isEmpty();
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
        assertThat(of("bar", "bar\u00a0", "bar", "foo").warnings())
                .containsExactly("labels that look alike are different classes: 'bar' 2, 'bar\\u00a0' 1");
        assertThat(of("Bar", "bar", "x").warnings())
                .containsExactly("labels that look alike are different classes: 'Bar' 1, 'bar' 1");
        assertThat(of("caf\u00e9", "cafe\u0301").warnings())
                .containsExactly("labels that look alike are different classes: 'cafe\\u0301' 1, 'caf\\u00e9' 1");
        assertThat(of("a b", "a\u200b b", "a  b").warnings()).hasSize(1);
        assertThat(of("bar", "baz", "b ar").warnings()).isEmpty();
    }

    @Test
    void decimalCommasAreToldUnlessClassesWereAskedFor() {
        String warning =
                "labels such as 3,75 look like numbers with decimal commas, but are taken as classes; write 3.75 if"
                        + " they are scores";
        assertThat(of("4,5", "3,75", "4", "4,5").warnings()).containsExactly(warning);
        Dataset rows = rows("4,5", "3,75", "4", "4,5");
        assertThat(Labels.of(rows, LabelKind.CLASSES).profile(rows, false).warnings())
                .isEmpty();
        assertThat(of("1,2", "a,b").warnings()).isEmpty();
    }

    private static Profile of(String... labels) {
        Dataset rows = rows(labels);
        return Labels.of(rows, LabelKind.AUTO).profile(rows, true);
    }

    private static Dataset rows(String... labels) {
        Stream<Example> examples =
                Arrays.stream(labels).map(label -> Example.of("x").labelled(label));
        return new Dataset("x", List.copyOf(examples.toList()));
    }
}
