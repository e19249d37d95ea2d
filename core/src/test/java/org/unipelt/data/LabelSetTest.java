package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

/** Several labels a row: the three forms in which tables have them, and what is wrong with others. */
final class LabelSetTest {
    @TempDir
    private Path folder;

    private Dataset read(String name, String content, String label, String separator) throws IOException {
        ColumnNames names = new ColumnNames(
                Optional.of("text"), Optional.empty(), Optional.of(label), true, Optional.of(separator));
        return new Preparation(Dialect.USUAL, false, false, 1)
                .read(Files.writeString(folder.resolve(name), content), names, remark -> {});
    }

    private static List<String> labels(Dataset rows) {
        return rows.examples().stream().map(row -> row.label().orElseThrow()).toList();
    }

    @Test
    void allFormsGiveTheSameRows() throws IOException {
        List<Dataset> forms = List.of(
                read("a.tsv", "text\ttopics\nT1\tb, a\nT2\t\nT3\tc\n", "topics", ","),
                read("b.csv", "text,topics\nT1,b; a\nT2,\nT3,c\n", "topics", ";"),
                read("c.tsv", "text\ttopics\nT1\tb a\nT2\t\nT3\t c \n", "topics", " "),
                read("d.tsv", "text\ttopics\nT1\t[\"b\", \"a\"]\nT2\t[]\nT3\t[\"c\"]\n", "topics", ","),
                read(
                        "e.jsonl",
                        "{\"text\":\"T1\",\"topics\":[\"b\",\"a\"]}\n{\"text\":\"T2\",\"topics\":[]}\n"
                                + "{\"topics\":[\"c\"],\"text\":\"T3\"}\n",
                        "Topics",
                        ","),
                read("f.tsv", "text\ta\tc\tb\nT1\t1\t0\ttrue\nT2\t0\t0\t0.0\nT3\tFALSE\t1.0\t0\n", "a,b, c", ","));
        for (Dataset form : forms) {
            assertThat(labels(form)).as(form.name()).containsExactly("[\"a\",\"b\"]", "[]", "[\"c\"]");
            assertThat(form.fingerprint()).isEqualTo(forms.get(0).fingerprint());
        }
        Labels.Multi labels = (Labels.Multi) Labels.of(forms.get(0), LabelKind.MULTI);
        assertThat(labels.names()).containsExactly("a", "b", "c");
        assertThat(Arrays.deepToString(labels.indicators(forms.get(0))))
                .isEqualTo("[[true, true, false], [false, false, false], [false, false, true]]");
    }

    /** A column with this very name wins over two with a comma between. */
    @Test
    void aColumnMayHaveACommaInItsName() throws IOException {
        assertThat(labels(read("g.tsv", "text\ta,b\tb\nT1\tx,y\t1\n", "a,b", ",")))
                .containsExactly("[\"x\",\"y\"]");
    }

    @Test
    void aListIsOnlyReadOfTheLabels() throws IOException {
        String lists = "{\"text\":[\"T1\"],\"topics\":[\"a\"]}\n";
        assertThatThrownBy(() -> read("h.jsonl", lists, "topics", ","))
                .hasMessageEndingWith(":1: has no text under 'text'");
        Path file = Files.writeString(folder.resolve("i.jsonl"), "{\"text\":\"T1\",\"label\":[\"a\"]}\n");
        assertThatThrownBy(() -> Table.read(file).dataset(ColumnNames.textsAndLabels()))
                .hasMessageEndingWith(":1: the label in column 'label' is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            quoteCharacter = '^',
            value = {
                "a,,b @ , @ 'a,,b' has an empty label beside a ','",
                "a,b, @ , @ 'a,b,' has an empty label beside a ','",
                "a, b,a @ , @ the label 'a' is there twice",
                "[\"a\", \"a\"] @ , @ the label 'a' is there twice",
                "[\"a\", \"b,c\"] @ , @ the label 'b,c' holds the separator ','; choose another with --label-separator",
                "[\"a\", \"b\" @ , @ '[\"a\", \"b\"' is not a JSON array of labels: it ends too early in column 10",
                "['a', 'b'] @ , @ '['a', 'b']' is not a JSON array of labels: unexpected ''' in column 2; JSON has double quotes, as in [\"a\", \"b\"]",
                "[\"a\"] b @ , @ is not a JSON array of labels: unexpected 'b' in column 7",
                "[\"a\", null] @ , @ '[\"a\", null]' holds NULL where a label should be",
                "[[\"a\"]] @ , @ '[[\"a\"]]' holds ARRAY where a label should be",
                "[\" \"] @ , @ a label is blank"
            })
    void aBadCellIsToldWithItsLine(String cell, String separator, String reason) throws IOException {
        assertThatThrownBy(() -> read("bad.tsv", "text\ttopics\nT1\tx\nT2\t" + cell + "\n", "topics", separator))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("bad.tsv:3: column 'topics': ")
                .hasMessageContaining(reason);
    }

    @Test
    void badColumnsAreToldWithTheirLines() throws IOException {
        assertThatThrownBy(() -> read("two.tsv", "text\ta\tb\nT1\t1\t0\nT2\t2\t0\nT3\t0\t\n", "a,b", ","))
                .hasMessageContaining(
                        "two.tsv:3: column 'a' holds '2' where a row has the label (1) or not (0); give 0 or 1")
                .hasMessageContaining("two.tsv:4: column 'b' holds '' where");
        assertThatThrownBy(() -> read("one.tsv", "text\ta\tb\nT1\t1\t0\n", "a,c", ","))
                .hasMessageContaining("there is no column 'c' for the label");
        assertThatThrownBy(() -> read("twice.tsv", "text\ta\tb\nT1\t1\t0\n", "a,a", ","))
                .hasMessageContaining("column 'a' is asked for twice");
        assertThatThrownBy(() -> read("null.jsonl", "{\"text\":\"T1\",\"a\":null}\n", "a", ","))
                .hasMessageContaining("'a' has no value; give [] for a row without labels");
        for (String separator : List.of("", "ab", "x", "\"", "[", "\n")) {
            assertThatThrownBy(() -> read("sep.tsv", "text\ta\nT1\tx\n", "a", separator))
                    .hasMessageStartingWith("the label separator is '");
        }
    }

    @Test
    void otherRowsHaveNoOtherLabels() {
        Labels.Multi labels = new Labels.Multi(List.of("a", "b"));
        Example text = Example.of("T");
        assertThatThrownBy(() -> labels.check(new Dataset(
                        "new.tsv",
                        List.of(
                                text.labelled(new LabelSet(List.of("a"))),
                                text.labelled(new LabelSet(List.of("b", "c"))),
                                text.labelled("a"),
                                text))))
                .hasMessage(String.join(
                        "\n",
                        "new.tsv: 2 bad rows; correct or remove them:",
                        "  new.tsv, example 3: 'a' is not a JSON array of labels: unexpected 'a' in column 1",
                        "  new.tsv, example 4: has no labels"));
        assertThatThrownBy(
                        () -> labels.check(new Dataset("new.tsv", List.of(text.labelled(new LabelSet(List.of("c")))))))
                .hasMessageContaining("example 1: the label 'c' is not among those trained on (a, b)");
        assertThatThrownBy(() -> new Labels.Multi(List.of("a"))).hasMessageContaining("there is only one label (a)");
        assertThatThrownBy(() -> new Labels.Multi(List.of("a", "a"))).hasMessageContaining("there twice");
    }

    /** Rows are divided by their rarest label, so that both parts have some of each. */
    @Test
    void everyPartOfASplitHasEveryLabel() {
        Labels.Multi labels = new Labels.Multi(List.of("all", "rare", "some"));
        List<Example> rows = new java.util.ArrayList<>();
        for (int i = 0; i < 40; i++) {
            List<String> names = i < 4 ? List.of("all", "rare") : i < 14 ? List.of("all", "some") : List.of("all");
            rows.add(Example.of("T" + i).labelled(new LabelSet(i == 39 ? List.of() : names)));
        }
        Dataset all = new Dataset("rows.tsv", rows);
        assertThat(labels.strata(all).orElseThrow())
                .startsWith(1, 1, 1, 1, 2, 2)
                .endsWith(0, 0, 3);
        Split split = Split.heldOut(all, labels, 0.1, 111);
        assertThat(Labels.of(split.dev(), LabelKind.MULTI)).isEqualTo(labels);
        assertThat(split.description()).contains("the same share of each row's rarest label");
    }

    @Test
    void theProfileCountsEveryLabel() {
        Example text = Example.of("T");
        Profile profile = Labels.of(
                        new Dataset(
                                "rows.tsv",
                                List.of(
                                        text.labelled(new LabelSet(List.of("a", "b"))),
                                        Example.of("U").labelled(new LabelSet(List.of("a"))),
                                        Example.of("V").labelled(new LabelSet(List.of())))),
                        LabelKind.MULTI)
                .profile(
                        new Dataset(
                                "rows.tsv",
                                List.of(
                                        text.labelled(new LabelSet(List.of("a", "b"))),
                                        Example.of("U").labelled(new LabelSet(List.of("a"))),
                                        Example.of("V").labelled(new LabelSet(List.of())))),
                        false);
        assertThat(profile.said(80)).isEqualTo("3 rows, 2 labels, 1.0 a row, none in 1: a 2, b 1");
        assertThat(profile.sets()).contains(new Profile.Sets(1, 2, 1));
        Dataset joined = new Dataset(
                "joined.tsv",
                List.of(
                        text.labelled(new LabelSet(List.of("a;b"))),
                        Example.of("U").labelled(new LabelSet(List.of("a")))));
        assertThat(Labels.of(joined, LabelKind.MULTI).profile(joined, false).warnings())
                .anyMatch(
                        warning -> warning.equals("no row has more than one label, but labels hold ';'; if it separates"
                                + " them, give --label-separator ';'"));
    }
}
