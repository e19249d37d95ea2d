package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

/** Names found in texts, as files and programs give them. */
class SpanFileTest {
    private static final String FACE = "\ud83d\ude00";

    @TempDir
    private Path folder;

    private SpanFile read(String name, String content) throws IOException {
        return SpanFile.read(write(name, content), ColumnNames.textsAndLabels(), Preparation.NONE, remark -> {});
    }

    private Path write(String name, String content) throws IOException {
        // In the table below a ; is the end of a line.
        return Files.writeString(folder.resolve(name), content.replace(';', '\n'));
    }

    private static List<String> names(Example row) {
        return SpanSet.parse(row.label().orElseThrow()).spans().stream()
                .map(span -> span.label() + "=" + span.of(row.text()))
                .toList();
    }

    /** The same three sentences in each scheme give the same rows. */
    @ParameterizedTest
    @CsvSource({
        "IOB1, I-p I-p O I-c | I-c B-c O | O",
        "IOB2, B-p I-p O B-c | B-c B-c O | O",
        "BIOES, B-p E-p O S-c | S-c S-c O | O",
        "BILOU, B-p L-p O U-c | U-c U-c O | O",
    })
    void everySchemeGivesTheSameSpans(String scheme, String tags) throws IOException {
        String[] words = {"Anna", "Berg", "in", "Oslo", "|", "Lyon", "Graz", "!", "|", "ok"};
        String[] all = tags.split(" ");
        StringBuilder lines = new StringBuilder("-DOCSTART- -X- O\n\n");
        for (int i = 0; i < words.length; i++) {
            lines.append(words[i].equals("|") ? "\n\n" : words[i] + " NN " + all[i] + "\n");
        }
        SpanFile file = read("rows.conll", lines.toString());
        assertThat(file.form()).isEqualTo("CoNLL, tags in " + scheme);
        assertThat(file.rows().examples().stream().map(Example::text))
                .containsExactly("Anna Berg in Oslo", "Lyon Graz !", "ok");
        assertThat(file.rows().examples().stream().map(SpanFileTest::names))
                .containsExactly(List.of("p=Anna Berg", "c=Oslo"), List.of("c=Lyon", "c=Graz"), List.of());
        assertThat(file.rows().get(1).line()).isEqualTo(9);
        assertThat(Labels.of(file.rows(), LabelKind.TOKENS).names()).containsExactly("c", "p");
    }

    @Test
    void commentsAreLeftOutAndTabsAreColumns() throws IOException {
        SpanFile file = read("rows.iob2", "# sent_id = 1\n#tag\tO\nNew\tB-c\nYork\tI-c\r\n");
        assertThat(file.form()).isEqualTo("CoNLL, tags in IOB2, 1 comment left out");
        assertThat(file.rows().get(0).text()).isEqualTo("#tag New York");
        assertThat(names(file.rows().get(0))).containsExactly("c=New York");
        SpanFile texts = SpanFile.read(
                write("words.conll", "Oslo\nis\n\nfar O\n"), ColumnNames.textsOnly(), Preparation.NONE, remark -> {});
        assertThat(texts.rows().examples().stream().map(Example::text)).containsExactly("Oslo is", "far");
        assertThat(texts.rows().get(0).label()).isEmpty();
    }

    /** Files count code points, Java counts chars: an emoji in front moves them apart. */
    @Test
    void everyFormOfJsonGivesTheSameSpans() throws IOException {
        String[] forms = {
            "\"spans\":[{\"start\":2,\"end\":6,\"label\":\"p\",\"text\":\"Anna\"},{\"start\":10,\"end\":14,\"label\":\"c\"}]",
            "\"label\":[[10,14,\"c\"],[2,6,\"p\"]]",
            "\"entities\":[{\"id\":7,\"label\":\"p\",\"start_offset\":2,\"end_offset\":6},{\"start\":9,\"end\":15,\"label\":\"c\"}]",
        };
        for (String form : forms) {
            SpanFile file = read("rows.jsonl", "{\"text\":\"" + FACE + " Anna in Oslo !\"," + form + "}\n");
            Example row = file.rows().get(0);
            assertThat(row.label()).contains("[[3,7,\"p\"],[11,15,\"c\"]]");
            assertThat(names(row)).containsExactly("p=Anna", "c=Oslo");
            assertThat(file.form())
                    .isEqualTo("JSON Lines, spans by code points"
                            + (form.contains("\"start\":9") ? ", blanks at the ends of 1 span left out" : ""));
        }
        assertThat(Span.codePoints(FACE + " Anna", 3)).isEqualTo(2);
    }

    /** One line each. In the contents a ; is the end of a line. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "a.conll | Oslo B-c;is X-d | a.conll:2: 'X-d' is no tag; tags are O, or B-, I-, E-, S-, L- or U- with a label",
                "b.conll | Oslo B-c;is | b.conll:2: has one column, 'is'; give a word and its tag",
                "c.conll | a B-c;b O;c I-c | c.conll:3: 'I-c' follows 'O', but in IOB2 a name begins with B-; write B-c",
                "d.conll | a I-c;b O;c I-d;d O;e B-c | d.conll:5: 'B-c' does not follow a name of its label, as B- must in IOB1; write I-c",
                "e.conll | a B-c;b O;c S-c | e.conll:2: 'O' follows 'B-c', which BIOES does not allow; correct one of them",
                "f.conll | a U-c;b B-c | f.conll:2: its sentence ends within a name: 'O' follows 'B-c', which BILOU does not allow; correct one of them",
                "g.conll | 1\ta\ta\tN\tN\t_\t0\troot\t_\t_ | g.conll:1: is CoNLL-U, which has no tags of names; give lines with a word first and its tag last",
                "h.conll | ;; | h.conll: is empty; give a file with a word and its tag a line",
                "i.csv | text,label | i.csv: is a table; names found in texts come from JSON Lines (.jsonl) or CoNLL (.conll)",
                "j.jsonl | {\"text\":\"ab\"} | j.jsonl:1: has no list of spans under 'spans'; give [] for a text without names, or name the key with --label",
                "k.jsonl | {\"spans\":[]} | k.jsonl:1: has no text under 'text'; name the key with --text",
                "l.jsonl | {\"text\":\"ab\",\"spans\":[[0,3,\"c\"]]} | l.jsonl:1: the span from 0 to 3 is not in the text, which has 2 characters; offsets count code points from 0, and the end is after the last one",
                "m.jsonl | {\"text\":\"ab\",\"spans\":[[1,1,\"c\"]]} | m.jsonl:1: the span from 1 to 1 is empty; offsets count code points from 0, and the end is after the last one",
                "n.jsonl | {\"text\":\"abcd\",\"spans\":[[0,2,\"c\"],[1,3,\"d\"]]} | n.jsonl:1: the spans c 0-2 and d 1-3 overlap; a word has one label, so keep one of them",
                "o.jsonl | {\"text\":\"abcd\",\"spans\":[{\"start\":0,\"end\":2,\"label\":\"c\",\"text\":\"bc\"}]} | offsets count code points from 0, and the end is after the last one",
                "p.jsonl | {\"text\":\"a  b\",\"spans\":[[1,3,\"c\"]]} | p.jsonl:1: the span [1,3,\"c\"] holds only blanks",
                "q.jsonl | {\"text\":\"ab\",\"spans\":[[0,\"1\",\"c\"]]} | has no whole numbers as start and end, or no label; give {\"start\": 0, \"end\": 6, \"label\": \"place\"}",
                "r.jsonl | {\"text\":\"ab\" | r.jsonl:1: is not JSON: ",
            })
    void aMistakeIsOneLine(String name, String content, String message) {
        assertThatThrownBy(() -> read(name, content))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void badRowsAreSkippedIfAskedFor() throws IOException {
        Path file = write("rows.conll", "a B-c;;b X;;c B-c;;d I-c;");
        List<String> remarks = new ArrayList<>();
        SpanFile read = SpanFile.read(
                file, ColumnNames.textsAndLabels(), new Preparation(Dialect.USUAL, true, false, 1), remarks::add);
        assertThat(read.rows().examples().stream().map(Example::text)).containsExactly("a", "c");
        assertThat(remarks).hasSize(1);
        assertThat(remarks.get(0)).startsWith("skipped: " + file + ": 2 bad rows:");
        assertThatThrownBy(() -> SpanFile.read(
                        file, ColumnNames.textsAndLabels().withText("body"), Preparation.NONE, remark -> {}))
                .hasMessageEndingWith(
                        "whose first column is the word and whose last is the tag; leave out --text and --label");
    }

    private record Mail(String text, SpanSet names) {}

    @Test
    void aProgramsRowsHaveSpansOfTheirOwn() {
        List<Mail> mails = List.of(
                new Mail(FACE + " Anna in Oslo", SpanSet.of(new Span(11, 15, "c"), new Span(3, 7, "p"))),
                new Mail("hello", SpanSet.NONE));
        Dataset rows = Dataset.of(mails, Mail::text, Mail::names);
        assertThat(rows.get(0))
                .isEqualTo(
                        Example.of(FACE + " Anna in Oslo").labelled(mails.get(0).names()));
        Labels.Tokens labels = (Labels.Tokens) Labels.of(rows, LabelKind.TOKENS);
        assertThat(labels.outputs()).isEqualTo(5);
        assertThat(labels.describe()).isEqualTo("spans with 2 labels");
        assertThat(labels.spans(rows).get(0).spans()).hasSize(2);
        assertThat(labels.strata(rows)).map(List::of).isPresent();
        assertThat(labels.profile(rows, false).said(80)).isEqualTo("2 rows, 2 labels, 1.0 a row, none in 1: c 1, p 1");
        for (String[] wrong : new String[][] {
            {"[[0,9,\"p\"]]", "the span p 0-9 is not in the text, which has 5 characters"},
            {"[[0,2,\"q\"]]", "the label 'q' is not among those trained on (c, p)"},
            {"{}", "'{}' is no list of spans, as in [[0,6,\"place\"]]"},
            {"Oslo", "'Oslo' is no list of spans, as in [[0,6,\"place\"]]"},
        }) {
            Dataset bad = Dataset.of(List.of(new Example("hello", Optional.empty(), Optional.of(wrong[0]), 0)));
            assertThatThrownBy(() -> labels.check(bad)).hasMessageContaining("example 1: " + wrong[1]);
        }
        assertThatThrownBy(() -> labels.check(
                        Dataset.of(List.of(Example.of(FACE + "x").labelled(SpanSet.of(new Span(1, 3, "c")))))))
                .hasMessageContaining("the span c 1-3 cuts a character that has two places, such as an emoji");
        assertThatThrownBy(() -> Labels.of(Dataset.of(mails.subList(1, 2), Mail::text, Mail::names), LabelKind.TOKENS))
                .hasMessage("the program's rows: there is no span; give rows with labelled spans");
    }

    @Test
    void spansInsideWordsAreToldOnce() {
        Dataset rows = Dataset.of(List.of(
                Example.of("Berliner Luft").labelled(SpanSet.of(new Span(0, 6, "c"))),
                Example.of("5kg").labelled(SpanSet.of(new Span(0, 1, "c")))));
        assertThat(Labels.of(rows, LabelKind.TOKENS).profile(rows, false).warnings())
                .contains("1 of 2 spans begin or end inside a word, as 'Berlin' in 'Berliner Luft'; the model learns"
                        + " whole words, and can never find these as they are");
    }
}
