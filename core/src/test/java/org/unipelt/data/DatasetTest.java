package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class DatasetTest {
    @Test
    void theFingerprintIsOfTheContentsAndTheirOrder() {
        Example a = Example.of("a").labelled("1");
        Example b = Example.of("b").labelled("0");
        String both = new Dataset("x.tsv", List.of(a, b)).fingerprint();
        assertThat(both).matches("[0-9a-f]{64}");
        assertThat(new Dataset("y.csv", List.of(new Example("a", Optional.empty(), Optional.of("1"), 9), b))
                        .fingerprint())
                .as("neither name nor line")
                .isEqualTo(both);
        assertThat(new Dataset("x.tsv", List.of(b, a)).fingerprint())
                .as("order")
                .isNotEqualTo(both);
        assertThat(fingerprint(a.labelled("2"), b)).as("label").isNotEqualTo(both);
        assertThat(fingerprint(a)).as("length").isNotEqualTo(both);
        assertThat(fingerprint(Example.ofPair("a", "bc")))
                .as("where one text ends and the next begins")
                .isNotEqualTo(fingerprint(Example.ofPair("ab", "c")));
        assertThat(fingerprint(Example.ofPair("a", "b")))
                .as("second text or label")
                .isNotEqualTo(fingerprint(Example.of("a").labelled("b")));
    }

    /** {@code printf '+1:a-0:+1:1' | sha256sum}: adapters keep fingerprints, so they must not change. */
    @Test
    void theFingerprintStaysTheSameAcrossVersions() {
        assertThat(fingerprint(Example.of("a").labelled("1")))
                .isEqualTo("22db382f8e0b3fe72292972bdd7aacb27919a145e1dace7d4d76be4112d5404a");
    }

    @Test
    void datasetsDoNotChange() {
        List<Example> examples = new ArrayList<>(List.of(Example.of("a"), Example.ofPair("b", "c")));
        Dataset dataset = new Dataset("x", examples);
        examples.clear();
        assertThat(dataset.size()).isEqualTo(2);
        assertThat(dataset.subset(1, 0, 1)).extracting(Example::text).containsExactly("b", "a", "b");
        assertThat(dataset.subset(1).pairs()).isTrue();
        assertThat(dataset.subset(0).pairs()).isFalse();
        assertThat(dataset.subset().pairs()).isFalse();
    }

    @Test
    void anExampleNeedsAText() {
        assertThatThrownBy(() -> Example.of(" \n")).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Example.of("a").labelled(" ")).isInstanceOf(InputException.class);
        assertThat(Example.ofPair("", "b").pair()).contains("b");
    }

    @Test
    void linesOfTextAreExamples() {
        assertThat(lines("one\r\n\"two\tthree\n\n", false).stream().flatMap(row -> row.example().stream()))
                .containsExactly(
                        new Example("one", Optional.empty(), Optional.empty(), 1),
                        new Example("\"two\tthree", Optional.empty(), Optional.empty(), 2));
        List<TextReader.Row> pairs = lines("a\tb\n\nc\nd\t\n", true);
        assertThat(pairs.get(0).example().orElseThrow().pair()).contains("b");
        assertThat(pairs.get(1)).matches(TextReader.Row::blank);
        assertThat(pairs.subList(2, 4))
                .allMatch(row -> row.problem().equals(Optional.of("is not two texts with a tab between them")));
    }

    private static List<TextReader.Row> lines(String content, boolean pairs) {
        return TextReader.of(
                        "standard input",
                        new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)),
                        pairs,
                        Dialect.USUAL)
                .next();
    }

    private static String fingerprint(Example... examples) {
        return new Dataset("x", List.of(examples)).fingerprint();
    }
}
