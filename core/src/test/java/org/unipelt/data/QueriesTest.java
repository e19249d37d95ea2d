package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.metric.Metric;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;

/** Rows to rank: their columns and grades, and splits that leave the rows of a query together. */
class QueriesTest {
    @TempDir
    private Path home;

    /** Rows of some queries, scattered: the first text of each query, then the second, and so on. */
    private static Dataset scattered(int queries, int texts) {
        List<Example> rows = new ArrayList<>();
        for (int text = 0; text < texts; text++) {
            for (int query = 0; query < queries; query++) {
                rows.add(Example.ofPair("query " + query, "text " + text).labelled(Integer.toString(text % 3)));
            }
        }
        return Dataset.of(rows);
    }

    private static Set<String> queries(Dataset rows) {
        return rows.examples().stream().map(Example::text).collect(Collectors.toSet());
    }

    @Test
    void rowsOfAQueryAreFoundWhereverTheyStand() {
        Queries queries = Queries.of(scattered(3, 2));
        assertThat(queries.count()).isEqualTo(3);
        assertThat(queries.places().get(1)).containsExactly(1, 4);
        assertThat(queries.numbers()).containsExactly(0, 1, 2, 0, 1, 2);
        // To the letter: no case and no blanks are ignored.
        assertThat(Queries.of(Dataset.of(
                                List.of(Example.ofPair("a", "x"), Example.ofPair("A", "x"), Example.ofPair("a ", "x"))))
                        .count())
                .isEqualTo(3);
    }

    @Test
    void aSplitLeavesTheRowsOfAQueryTogether() {
        Dataset rows = scattered(20, 5);
        DataRows source = DataRows.of(rows).withLabels(LabelKind.RELEVANCE);
        Split aside = source.load().split();
        assertThat(aside.aside()).isTrue();
        assertThat(queries(aside.train())).hasSize(18).doesNotContainAnyElementsOf(queries(aside.dev()));
        assertThat(aside.dev().size()).isEqualTo(10);
        assertThat(aside.description())
                .isEqualTo(
                        "2 of 20 queries set aside for development (10 of 100 rows, data seed 111), as no development"
                                + " file was given");
        Split few = source.withSamples(6, 5).load().split();
        assertThat(queries(few.train())).hasSize(6).doesNotContainAnyElementsOf(queries(few.dev()));
        assertThat(few.train().size()).isEqualTo(30);
        assertThat(few.description())
                .isEqualTo("6 of 20 queries drawn with data seed 5 to train (30 rows), the next 14 for development");
        assertThat(queries(source.withSamples(6, 6).load().split().train())).isNotEqualTo(queries(few.train()));
        Set<Example> all = new HashSet<>(aside.train().examples());
        all.addAll(aside.dev().examples());
        assertThat(all).hasSize(100);
    }

    @Test
    void theProfileSaysWhatThereIsToLearn() {
        DataSpec.Loaded loaded =
                DataRows.of(scattered(20, 5)).withLabels(LabelKind.RELEVANCE).load();
        assertThat(loaded.metrics()).containsExactly(Metric.NDCG_10, Metric.MRR, Metric.MAP);
        Profile profile = loaded.profile(false);
        assertThat(profile.said(80)).isEqualTo("20 queries, 100 rows, 5.0 texts a query, grades from 0.0 to 2.0");
        assertThat(profile.warnings()).isEmpty();
        List<Example> rows = new ArrayList<>(scattered(2, 2).examples());
        rows.add(Example.ofPair("alone", "text").labelled("0"));
        rows.add(Example.ofPair("query 0", "text 1").labelled("0"));
        Dataset own = Dataset.of(rows);
        Profile poor = DataRows.of(own)
                .withDev(own)
                .withLabels(LabelKind.RELEVANCE)
                .load()
                .profile(false);
        assertThat(poor.said(80)).isEqualTo("3 queries, 6 rows, 2.0 texts a query, clicks, none relevant in 1");
        assertThat(poor.warnings())
                .containsExactly(
                        "1 of 3 queries have texts of one grade only, so that there is nothing to order; add texts of other"
                                + " grades",
                        "1 text has different labels in different rows, as 'query 0' is 1 and 0; choose one of them",
                        "3 of 3 development queries are training queries as well, which makes the score too high; keep all"
                                + " rows of a query in one file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "query,text,grade | query | text | grade",
                "Question,Passage,click | Question | Passage | click",
                "id,query,document,relevance | query | document | relevance",
                "grade,text,query | query | text | grade",
                "score,answer,question | question | answer | score",
            })
    void columnsAreFoundByTheirUsualNames(String header, String query, String text, String grade) throws IOException {
        Path file = home.resolve("rows.csv");
        Files.writeString(file, header + "\n" + "1,".repeat(header.split(",").length - 1) + "1\n");
        Columns columns = Table.read(file).choose(ColumnNames.textsAndLabels().withQueries());
        assertThat(List.of(
                        columns.text().name(),
                        columns.pair().orElseThrow().name(),
                        columns.label().orElseThrow().name()))
                .containsExactly(query, text, grade);
        assertThat(Table.read(file)
                        .choose(ColumnNames.textsOnly().withQueries())
                        .label())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "query,text,words,grade | which column holds the query? none is called 'query' or 'question'",
                "query,grade,words | which column holds the text to rank? none is called 'text', 'document', 'passage' or"
                        + " 'answer'; columns: query, grade, words; choose one with --pair (in a spec: columns: {pair: NAME});"
                        + " --text is the query, --pair the text, --label its grade",
                "query,text,passage,grade | which column holds the text to rank? 'text' and 'passage' could; columns",
                "query,text,grade,click | which column holds the grade or click? 'grade' and 'click' could; columns",
                "query,text,stars | which column holds the grade or click? none is called 'grade', 'relevance', 'click',"
                        + " 'label' or 'score'; columns: query, text, stars; choose one with --label",
            })
    void columnsThatAreNotCertainAreAskedFor(String header, String says) throws IOException {
        Path file = home.resolve("rows.csv");
        String first = header.startsWith("query,text,words") ? header.replace("query", "q") : header;
        Files.writeString(file, first + "\n" + "1,".repeat(header.split(",").length - 1) + "1\n");
        assertThatThrownBy(() ->
                        Table.read(file).choose(ColumnNames.textsAndLabels().withQueries()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ": " + says);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1 | 2: the grade '-1' is negative; give 0 for a text that is not relevant",
                "nan | 2: the grade 'nan' is not a finite number",
                "1,5 | 2: the grade '1,5' is not a finite number (write 1.5)",
                "high | 2: the grade 'high' is not a finite number",
                "31 | 2: the grade '31' is above 30; give a scale such as 0 to 4, or 0 and 1 for clicks",
                "'' | 2: the label in column 'grade' is missing",
            })
    void badGradesAreNamedWithTheirLine(String grade, String says) throws IOException {
        Path file = home.resolve("rows.tsv");
        Files.writeString(file, "query\ttext\tgrade\nq\ta\t" + grade + "\nq\tb\t1\nq\tc\t0\n");
        assertThatThrownBy(
                        () -> DataSpec.of(file).withLabels(LabelKind.RELEVANCE).load())
                .isInstanceOf(InputException.class)
                .message()
                .satisfies(message -> assertThat(message.lines().skip(1)).containsExactly("  " + file + ":" + says));
    }

    @Test
    void whatCannotBeLearnedIsRefused() {
        Dataset same = Dataset.of(List.of(
                Example.ofPair("a", "x").labelled("1"), Example.ofPair("b", "y").labelled("1.0")));
        assertThatThrownBy(
                        () -> DataRows.of(same).withLabels(LabelKind.RELEVANCE).load())
                .hasMessage(
                        "the program's rows: every row has the grade 1.0; give rows of different grades, with 0 for texts"
                                + " that are not relevant");
        Dataset single = Dataset.of(
                List.of(Example.of("a").labelled("1"), Example.of("b").labelled("0")));
        assertThatThrownBy(() ->
                        DataRows.of(single).withLabels(LabelKind.RELEVANCE).load())
                .hasMessageContaining("example 1: has one text; give a query and a text to rank");
        assertThatThrownBy(() -> DataRows.of(scattered(1, 4))
                        .withLabels(LabelKind.RELEVANCE)
                        .load())
                .hasMessage("the program's rows: has one query only, and none is left for development; give two or more"
                        + " queries, or a development file");
        DataRows three = DataRows.of(scattered(3, 4)).withLabels(LabelKind.RELEVANCE);
        assertThatThrownBy(() -> three.withSamples(3, 1).load())
                .hasMessage(
                        "the program's rows: has 3 queries, which is too few for 3 to train and others for development;"
                                + " ask for 2 at most");
        assertThatThrownBy(() -> three.withSamples(0, 1).load()).hasMessage("samples is 0; give 1 or more");
        assertThatThrownBy(
                        () -> DataSpec.ofTask("rte", home, Optional.empty(), 1).withLabels(LabelKind.RELEVANCE))
                .hasMessage("a GLUE task has no queries; leave out --labels relevance");
    }
}
