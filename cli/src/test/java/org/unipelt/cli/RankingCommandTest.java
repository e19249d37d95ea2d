package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.hub.BaseModel;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.RankedText;
import org.unipelt.tuned.TunedModel;

/** Queries and texts to rank, from the command line: training, evaluation, orders, and the other commands. */
class RankingCommandTest {
    private static final List<String> WORDS = List.of("great", "awful", "film", "boring");

    @TempDir
    static Path folder;

    private static Path base;
    private static Path table;
    private static Path model;

    /** A text that has the word of its query is relevant. Rows of a query are scattered. */
    @BeforeAll
    static void train() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        StringBuilder rows = new StringBuilder("question\tanswer\tgrade\n");
        for (String text : WORDS) {
            for (int query = 0; query < 12; query++) {
                String word = WORDS.get(query % 4);
                rows.append("w" + query + " " + word + "\tso " + text + " w" + query + "\t")
                        .append(text.equals(word) ? 2 : text.equals("film") ? 1 : 0)
                        .append('\n');
            }
        }
        table = Files.writeString(folder.resolve("rows.tsv"), rows);
        model = folder.resolve("model");
        Shell.Outcome trained = Shell.run(
                "train",
                "--task",
                "rank",
                "--train",
                table,
                "--keep",
                "best",
                "--method",
                "unipelt(adapter(bottleneck=4),lora(rank=2))",
                "--model",
                base,
                "--max-length",
                16,
                "--epochs",
                2,
                "--out",
                model);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("labels  12 queries, 48 rows, 4.0 texts a query, grades from 0.0 to 2.0")
                .contains("data    1 of 12 queries set aside for development (4 of 48 rows, data seed 111)");
        assertThat(trained.out())
                .contains("ndcg-10", "mrr", "map")
                .contains("A random order of the 1 query gives ndcg-10 0.")
                .contains("predict " + model + " --query 'a query' 'a text' another");
    }

    @Test
    void evaluationStandsBesideARandomOrder() throws IOException {
        JsonNode evaluated =
                Shell.run("evaluate", model, "--data", table, "--json").json();
        assertThat(evaluated.get("metrics").fieldNames()).toIterable().containsExactly("ndcg-10", "mrr", "map");
        assertThat(evaluated.at("/ranking/queries").asInt()).isEqualTo(12);
        assertThat(evaluated.at("/ranking/scores/ndcg/10")).isEqualTo(evaluated.at("/metrics/ndcg-10"));
        JsonNode card = new JsonMapper().readTree(model.resolve("adapter.json").toFile());
        assertThat(card.at("/task/kind").asText()).isEqualTo("ranking");
        assertThat(card.at("/task/largest").asDouble()).isEqualTo(2);
        Path some = Files.writeString(
                folder.resolve("some.csv"),
                "grade,answer,question\n1,so great,great\n0,so awful,great\n0,so film,film\n");
        Shell.Outcome text = Shell.run("evaluate", model, "--data", some, "--at", "2,7");
        assertThat(text.out().lines().map(String::strip).toList())
                .satisfies(lines -> assertThat(lines.get(0)).isEqualTo("model  random order"))
                .satisfies(lines -> assertThat(lines.get(1)).matches("ndcg-2  [01]\\.\\d{4}        0\\.8155"))
                .satisfies(lines -> assertThat(lines.get(2)).startsWith("ndcg-7  "))
                .contains("Means over 1 query; 1 query without a relevant text left out.");
    }

    @Test
    void textsOfOneQueryAreOrdered() throws IOException {
        Shell.Outcome ordered = Shell.run("predict", model, "--query", "w1 great", "so film", "so great", "so boring");
        List<String[]> lines =
                ordered.out().lines().map(line -> line.split("\t")).toList();
        assertThat(lines).extracting(line -> line[0]).containsExactly("1", "2", "3");
        assertThat(lines).extracting(line -> line[2]).containsExactlyInAnyOrder("so film", "so great", "so boring");
        assertThat(lines)
                .extracting(line -> Double.parseDouble(line[1]))
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        try (BaseModel opened = BaseModel.open(base.toString());
                TunedModel tuned = TunedModel.load(model, opened)) {
            List<RankedText> ranked = tuned.rank("w1 great", List.of("so film", "so great", "so boring"));
            assertThat(ranked)
                    .extracting(RankedText::text)
                    .containsExactly(lines.get(0)[2], lines.get(1)[2], lines.get(2)[2]);
        }
        Shell.Outcome best = Shell.run(
                "predict", model, "--query", "w1 great", "--top", 1, "--json", "so film", "so great", "so boring");
        JsonNode only = best.json();
        assertThat(only.get("rank").asInt()).isEqualTo(1);
        assertThat(only.get("text").asText()).isEqualTo(lines.get(0)[2]);
        assertThat(only.get("query").asText()).isEqualTo("w1 great");
        assertThat(only.get("relevance").asDouble()).isBetween(0.0, 1.0);
        assertThat(Shell.runWith("so film\n\nso great\nso boring\n", "predict", model, "--query", "w1 great")
                        .out())
                .isEqualTo(ordered.out());
    }

    @Test
    void rowsOfAFileAreOrderedWithinTheirQueries() throws IOException {
        Path rows = Files.writeString(
                folder.resolve("new.csv"),
                "question,answer\nw1 great,so great\nw2 film,so awful\nw1 great,so boring\nw3,\nw2 film,so film\n");
        Shell.Outcome predicted = Shell.run("predict", model, "--data", rows);
        List<String> lines = predicted.out().lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0)).matches("1\t0\\.\\d{4}\tw1 great\tso (great|boring)");
        assertThat(lines.get(1)).startsWith("2\t").contains("\tw1 great\t");
        assertThat(lines.get(2)).startsWith("1\t").contains("\tw2 film\t");
        assertThat(lines.get(3)).startsWith("2\t").contains("\tw2 film\t");
        assertThat(lines.get(4)).isEqualTo("\t\terror: the text in column 'answer' is empty");
        assertThat(predicted.err()).contains("warning: " + rows + ":5: the text in column 'answer' is empty");
        List<String> inOrder = Shell.run("predict", model, "--data", rows, "--input-order")
                .out()
                .lines()
                .toList();
        assertThat(inOrder).containsExactlyInAnyOrderElementsOf(lines);
        assertThat(inOrder.get(0)).endsWith("\tw1 great\tso great");
        assertThat(inOrder.get(3)).startsWith("\t\terror");
        List<String> top = new ArrayList<>(Shell.run("predict", model, "--data", rows, "--top", 1)
                .out()
                .lines()
                .toList());
        assertThat(top).containsExactly(lines.get(0), lines.get(2), lines.get(4));
    }

    @Test
    void theOtherCommandsKnowThem() throws IOException {
        Shell.Outcome checked = Shell.run("check", table, "--labels", "relevance", "--model", base, "--test", table);
        assertThat(checked.out())
                .contains("text    in 'question'", "pair    in 'answer'", "label   in 'grade'")
                .contains("labels  12 queries, 48 rows, 4.0 texts a query")
                .contains("12 of 12 test queries are training queries as well");
        assertThat(Shell.run("gates", model, "--data", table).code()).isZero();
        Shell.Outcome reported = Shell.run("report", model, "--data", table, "--format", "markdown");
        assertThat(reported.code()).as(reported.err()).isZero();
        assertThat(reported.out())
                .contains("Ranking: ndcg-10 0.")
                .contains("The queries whose best text stands lowest");
    }

    @Test
    void whatDoesNotFitIsRefusedByName() throws IOException {
        refused("is a model that ranks; give the query with --query", "predict", model, "so great", "so film");
        refused(
                "--query goes with texts as arguments or from standard input, one a line; the rows of --data have their own"
                        + " queries",
                "predict",
                model,
                "--query",
                "great",
                "--data",
                table);
        refused("--threshold is for a model of classes", "predict", model, "--threshold", "0.5", "--query", "a", "b");
        refused("--at must be at least 1, got 0", "evaluate", model, "--data", table, "--at", "3,0");
        Path single =
                Files.writeString(folder.resolve("single.tsv"), "text\tlabel\nso good\ta\nbad\tb\nfilm\ta\ni\tb\n");
        Path classes = folder.resolve("classes");
        assertThat(Shell.run(
                                "train",
                                "--train",
                                single,
                                "--model",
                                base,
                                "--method",
                                "probe",
                                "--max-length",
                                16,
                                "--out",
                                classes)
                        .code())
                .isZero();
        refused(
                "--query is for a model that ranks, and this one predicts 2 classes",
                "predict",
                classes,
                "--query",
                "a",
                "b");
        refused("--input-order is for a model that ranks", "predict", classes, "--input-order", "b");
        refused(
                "--at is for a model that ranks, and this one predicts 2 classes",
                "evaluate",
                classes,
                "--data",
                single,
                "--at",
                "3");
        refused(
                "--task rank says what the labels are: grades; leave out --labels",
                "train",
                "--task",
                "rank",
                "--labels",
                "score",
                "--train",
                table);
        refused("there is nothing to train on; --task rank needs --train FILE", "train", "--task", "rank");
        refused(
                "metric accuracy does not fit labels that are the relevance of texts to a query",
                training("--metric", "accuracy"));
        refused("class weights are for classes", training("--class-weights", "balanced"));
        refused(
                "its rows are queries to rank, which a study does not compare",
                "compare",
                "--train",
                table,
                "--labels",
                "relevance",
                "--model",
                base,
                "--out",
                folder.resolve("compared"));
    }

    private static Object[] training(Object... more) {
        List<Object> words = new ArrayList<>(List.of("train", "--task", "rank", "--train", table, "--model", base));
        words.addAll(List.of("--max-length", 16, "--out", folder.resolve("x")));
        words.addAll(List.of(more));
        return words.toArray();
    }

    private static void refused(String says, Object... words) {
        Shell.Outcome outcome = Shell.run(words);
        assertThat(outcome.code()).as(says).isEqualTo(2);
        assertThat(outcome.err()).contains(says);
    }
}
