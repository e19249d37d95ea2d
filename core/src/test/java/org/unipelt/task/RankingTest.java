package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.backbone.Pass;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.metric.Metric;
import org.unipelt.metric.RankingScore;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.RankedText;

/** Ranking against PyTorch's loss and scikit-learn's metrics: {@code tools/ranking_fixture.py} writes their numbers. */
final class RankingTest {
    @TempDir
    private Path folder;

    private static JsonNode fixture;

    @BeforeAll
    static void read() throws IOException {
        Engine.start();
        try (InputStream in = RankingTest.class.getResourceAsStream("ranking.json")) {
            fixture = new JsonMapper().readTree(in);
        }
    }

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static double[] column(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(row -> row.get(0).asDouble())
                .toArray();
    }

    @Test
    void lossAndGradientsAreThoseOfPyTorch() {
        JsonNode expected = fixture.get("loss");
        double[] grades = numbers(expected.get("grades"));
        Ranking task = new Ranking(expected.get("largest").asDouble());
        Gold gold = new Ranking.Grades(new int[grades.length], grades, task.largest());
        double[] values = column(expected.get("logits"));
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = Tensor.create(values, values.length, 1).set_requires_grad(true);
            Tensor loss =
                    gold.loss(task, logits, IntStream.range(0, grades.length).toArray());
            loss.backward();
            assertThat(loss.item_double()).isCloseTo(expected.get("loss").asDouble(), within(1e-7));
            double[] gradient = new double[values.length];
            logits.grad().contiguous().data_ptr_double().get(gradient);
            assertThat(gradient).containsExactly(column(expected.get("gradient")), within(1e-7));
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = Tensor.create(values, values.length, 1).set_requires_grad(true);
            int[] list = IntStream.range(0, grades.length).toArray();
            Tensor loss = RankingObjective.loss(task, logits, (Ranking.Grades) gold, list);
            loss.backward();
            assertThat(loss.item_double()).isCloseTo(expected.get("listLoss").asDouble(), within(1e-7));
            double[] gradient = new double[values.length];
            logits.grad().contiguous().data_ptr_double().get(gradient);
            assertThat(gradient).containsExactly(column(expected.get("listGradient")), within(1e-7));
            Ranking.Grades none = new Ranking.Grades(new int[grades.length], new double[grades.length], 4);
            assertThat(RankingObjective.loss(task, logits, none, list).item_double())
                    .isEqualTo(none.loss(task, logits, list).item_double());
        }
        assertThat(((Ranking.Grades) gold.of(2, 0)).grades()).containsExactly(grades[2], grades[0]);
    }

    @Test
    void metricsAreThoseOfScikitLearnAndTrecEval() {
        JsonNode all = fixture.get("metrics");
        int[] queries = Arrays.stream(numbers(all.get("queries")))
                .mapToInt(number -> (int) number)
                .toArray();
        double[] scores = numbers(all.get("scores"));
        double[] grades = numbers(all.get("grades"));
        RankingScore score = RankingScore.of(queries, scores, grades, RankingScore.USUAL);
        JsonNode values = all.get("values");
        for (int places : RankingScore.USUAL) {
            assertThat(score.scores().ndcg().get(places))
                    .as("ndcg-" + places)
                    .isCloseTo(values.get("ndcg-" + places).asDouble(), within(1e-9));
        }
        for (Metric metric : new Ranking(4).metrics()) {
            assertThat(metric.of(queries, scores, grades))
                    .as(metric.text())
                    .isCloseTo(values.get(metric.text()).asDouble(), within(1e-9));
        }
        assertThat(score.queries()).isEqualTo(11);
        assertThat(score.without()).isEqualTo(1);
        assertThatThrownBy(() -> Metric.ACCURACY.of(queries, scores, grades))
                .isInstanceOf(InputException.class)
                .hasMessage("metric accuracy compares classes; use ndcg-10, mrr or map for rankings");
        assertThatThrownBy(() -> Metric.NDCG_10.of(scores, grades))
                .hasMessageStartingWith("metric ndcg-10 compares rankings;");
    }

    /** The mean over all orders of four texts, one by one, is what a random order gives. */
    @Test
    void chanceIsTheMeanOverAllOrders() {
        for (double[] grades : new double[][] {{2, 0, 1, 0}, {0, 0, 3, 0}, {1, 1, 1, 2}, {1}}) {
            List<double[]> orders = new ArrayList<>();
            orders(new ArrayList<>(), grades.length, orders);
            double mrr = 0;
            double map = 0;
            double ndcg = 0;
            int[] one = new int[grades.length];
            RankingScore.Values chance =
                    RankingScore.of(one, grades, grades, List.of(3)).chance();
            for (double[] order : orders) {
                RankingScore.Values values =
                        RankingScore.of(one, order, grades, List.of(3)).scores();
                mrr += values.mrr() / orders.size();
                map += values.map() / orders.size();
                ndcg += values.ndcg().get(3) / orders.size();
            }
            assertThat(chance.mrr()).isCloseTo(mrr, within(1e-12));
            assertThat(chance.map()).isCloseTo(map, within(1e-12));
            assertThat(chance.ndcg().get(3)).isCloseTo(ndcg, within(1e-12));
        }
    }

    private static void orders(List<Integer> begun, int texts, List<double[]> into) {
        if (begun.size() == texts) {
            into.add(begun.stream().mapToDouble(Integer::intValue).toArray());
        }
        IntStream.range(0, texts).filter(i -> !begun.contains(i)).forEach(i -> {
            List<Integer> longer = new ArrayList<>(begun);
            longer.add(i);
            orders(longer, texts, into);
        });
    }

    @Test
    void aLongQueryHasSeveralListsWithItsShareOfEveryGrade() {
        int[] queries = IntStream.range(0, 45).map(i -> i % 9 == 0 ? 1 : 0).toArray();
        double[] grades =
                IntStream.range(0, 45).mapToDouble(i -> i % 5 == 1 ? 2 : 0).toArray();
        List<int[]> lists = RankingObjective.lists(new Ranking.Grades(queries, grades, 2));
        assertThat(lists.stream().map(list -> list.length)).containsExactly(14, 13, 13, 5);
        assertThat(lists.stream().map(list -> Arrays.stream(list)
                        .filter(row -> grades[row] > 0)
                        .count()))
                .containsExactly(3L, 3L, 2L, 1L);
        assertThat(lists.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                .isEqualTo(IntStream.range(0, 45).toArray());
        for (int[] list : lists) {
            assertThat(Arrays.stream(list).map(row -> queries[row]).distinct().count())
                    .isEqualTo(1);
        }
    }

    /** 24 rows of 5 queries, and an untrained model of a method on a base model. */
    private record Scene(TaskModel model, TaskModel.Rows rows) implements AutoCloseable {
        static Scene of(BaseModel base, String method) {
            List<Example> rows = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                rows.add(Example.ofPair("great w" + i % 5, "film w" + i).labelled(Integer.toString(i % 3)));
            }
            Ranking task = new Ranking(2);
            Inference inference =
                    new Inference(16, OptionalInt.empty(), Optional.of(base.pooling()), Optional.of(base.head()), true);
            Method parsed = Methods.parse(method);
            Weights weights = Init.draw(task.parameters(base.backbone(), parsed, inference), 3, base.backbone());
            return new Scene(
                    task.on(base, parsed, inference, weights),
                    new TaskModel.Rows(Dataset.of(rows), base.tokenizer(), 16));
        }

        Objective objective() {
            return model.objective(rows, Optional.of(rows), Method.HeadTraining.ALL, ClassWeights.NONE, 0);
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** However a batch is divided, the pieces' losses add up to the mean over its lists. */
    @Test
    void piecesOfABatchAddUp() throws IOException {
        try (PointerScope scope = new PointerScope();
                BaseModel base = BaseModel.open(TinyBert.write(folder).toString());
                Scene scene = Scene.of(base, "unipelt(adapter(bottleneck=2),lora(rank=2))")) {
            Objective objective = scene.objective();
            int[] all = {0, 1, 2, 3, 4};
            assertThat(objective.lengths()).hasSize(5);
            assertThat(objective.rows(all)).isEqualTo(24);
            assertThat(objective.rows(0)).isEqualTo(5);
            assertThat(5 * objective.paddedLength(all)).isBetween(24 * 7, 24 * 9);
            double whole = objective.loss(all, all, Pass.INFERENCE).item_double();
            double pieces = objective
                            .loss(all, new int[] {3, 0}, Pass.INFERENCE)
                            .item_double()
                    + objective.loss(all, new int[] {1, 2, 4}, Pass.INFERENCE).item_double();
            assertThat(pieces).isCloseTo(whole, within(1e-5));
            Objective.Judgement judged = objective.judge(Metric.NDCG_10, SequenceClassifier.BatchObserver.NONE);
            assertThat(judged.loss()).isCloseTo(whole, within(1e-5));
            assertThat(judged.score())
                    .isEqualTo(scene.model()
                            .evaluate(scene.rows(), List.of(Metric.NDCG_10), SequenceClassifier.BatchObserver.NONE)
                            .metrics()
                            .get("ndcg-10"));
        }
    }

    @Test
    void everyMethodLearnsFromLists() throws IOException {
        try (BaseModel base = BaseModel.open(TinyBert.write(folder).toString())) {
            for (Preset preset : Methods.presets()) {
                try (PointerScope scope = new PointerScope();
                        Scene scene = Scene.of(base, preset.name())) {
                    Objective objective = scene.objective();
                    objective.trained().values().forEach(tensor -> tensor.set_requires_grad(true));
                    objective
                            .loss(new int[] {0, 1}, new int[] {0, 1}, Pass.INFERENCE)
                            .backward();
                    double norm = objective.trained().values().stream()
                            .filter(tensor -> tensor.grad().defined())
                            .mapToDouble(tensor -> tensor.grad().norm().item_double())
                            .sum();
                    assertThat(norm).as(preset.name()).isFinite().isPositive();
                }
            }
        }
    }

    @Test
    void aModelThatCannotTellTextsApartGetsTheWorstOrder() {
        double[] same = {0.5, 0.5, 0.5};
        RankingScore score = RankingScore.of(new int[3], same, new double[] {2, 0, 0}, List.of(1, 3));
        assertThat(score.scores().mrr()).isCloseTo(1.0 / 3, within(1e-12));
        assertThat(score.scores().ndcg().get(1)).isZero();
        assertThat(score.scores().ndcg().get(3)).isCloseTo(0.5, within(1e-12));
        RankingScore none = RankingScore.of(new int[3], same, new double[3], List.of(10));
        assertThat(none.scores().mrr()).isNaN();
        assertThat(none.queries()).isZero();
        assertThat(none.without()).isEqualTo(1);
        assertThat(Metric.improves(Metric.MAP.of(new int[3], same, new double[3]), 0))
                .isFalse();
    }

    @Test
    void relevanceIsASigmoidThatKeepsTheOrderOfLargeLogits() {
        Ranking task = new Ranking(1);
        assertThat(task.answer(0)).isEqualTo(new Answer.Relevance(0.5));
        List<Answer.Relevance> answers = IntStream.of(20, 30, 25, 30)
                .mapToObj(logit -> (Answer.Relevance) task.answer(logit))
                .toList();
        List<RankedText> ranked = RankedText.ordered(List.of("a", "b", "c", "d"), answers);
        assertThat(ranked.stream().map(RankedText::text)).containsExactly("b", "d", "c", "a");
        assertThat(ranked.stream().map(RankedText::index)).containsExactly(1, 3, 2, 0);
        assertThat(ranked.stream().map(RankedText::rank)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void thresholdsOfGradesAreRefused() {
        for (double largest : new double[] {0, -1, Double.NaN, 31}) {
            assertThatThrownBy(() -> new Ranking(largest))
                    .isInstanceOf(InputException.class)
                    .hasMessage("the largest grade is " + largest + "; give one above 0, and of at most 30");
        }
    }

    /** The probe finds the direction in which grades grow, and orders by it. */
    @Test
    void theProbeOrdersByGrade() {
        int rows = 120;
        Rng random = Rng.of(5, "vectors");
        float[][] vectors = new float[rows][4];
        double[] grades = new double[rows];
        int[] queries = new int[rows];
        for (int i = 0; i < rows; i++) {
            queries[i] = i / 6;
            grades[i] = i % 3;
            for (int k = 0; k < 4; k++) {
                vectors[i][k] = (float) (random.nextGaussian() + (k == 1 ? 1.5 * grades[i] : 0));
            }
        }
        Ranking task = new Ranking(2);
        Ranking.Grades gold = new Ranking.Grades(queries, grades, 2);
        Probe probe = Probe.fit(Compute.cpu(), vectors, task, gold);
        float[][] logits = Arrays.stream(vectors)
                .map(v -> new float[] {
                    (float) IntStream.range(0, 4)
                                    .mapToDouble(k -> v[k] * probe.weight()[0][k])
                                    .sum()
                            + probe.bias()[0]
                })
                .toArray(float[][]::new);
        assertThat(probe.explained()).isBetween(0.05, 1.0);
        double chance = RankingScore.of(queries, new double[rows], grades, List.of(10))
                .chance()
                .ndcg()
                .get(10);
        assertThat(gold.score(Metric.NDCG_10, logits)).isGreaterThan(chance + 0.2);
    }
}
