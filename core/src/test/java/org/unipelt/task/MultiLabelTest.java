package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.Repository;
import org.unipelt.backbone.Pass;
import org.unipelt.data.ClassWeights;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;

/**
 * Multi-label classification against transformers' loss and scikit-learn's metrics: {@code tools/multi_label_fixture.py}
 * writes their numbers.
 */
final class MultiLabelTest {
    private static final MultiLabel TASK = MultiLabel.usual(List.of("a", "b", "c"));
    private static JsonNode fixture;

    @BeforeAll
    static void read() throws IOException {
        Engine.start();
        try (InputStream in = MultiLabelTest.class.getResourceAsStream("multi-label.json")) {
            fixture = new JsonMapper().readTree(in);
        }
    }

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static double[][] matrix(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(MultiLabelTest::numbers)
                .toArray(double[][]::new);
    }

    private static boolean[][] truths(JsonNode list) {
        return Arrays.stream(matrix(list)).map(MultiLabelTest::truths).toArray(boolean[][]::new);
    }

    private static boolean[] truths(double... row) {
        boolean[] truths = new boolean[row.length];
        for (int i = 0; i < row.length; i++) {
            truths[i] = row[i] > 0.5;
        }
        return truths;
    }

    /** The loss of BertForSequenceClassification with this problem type, and the gradients of its classifier. */
    @Test
    void lossAndGradientsAreThoseOfTransformers() throws IOException {
        Path folder = Repository.root().resolve("core/src/test/resources/org/unipelt/checkpoints/bert-classifier");
        JsonNode texts =
                new JsonMapper().readTree(folder.resolveSibling("texts.json").toFile());
        JsonNode expected = fixture.get("loss");
        Gold gold = new MultiLabel.Sets(truths(expected.get("labels")), TASK.thresholds());
        try (PointerScope scope = new PointerScope();
                BaseModel base = BaseModel.open(folder.toString());
                Weights file = WeightFolder.read(folder)) {
            List<Encoding> encoded = base.tokenizer()
                    .encodeAll(
                            StreamSupport.stream(texts.spliterator(), false)
                                    .map(row -> new Segments(
                                            row.get(0).asText(),
                                            Optional.ofNullable(row.get(1).textValue())))
                                    .toList(),
                            base.backbone().positions());
            Map<String, Tensor> head = new LinkedHashMap<>();
            for (String part : List.of(".weight", ".bias")) {
                head.put("head" + part, file.get("classifier" + part).clone());
            }
            HeadInput reading = new HeadInput(base.pooling(), base.head(), OptionalInt.empty());
            try (SequenceClassifier network =
                    new SequenceClassifier(base.backbone(), Methods.parse("head"), reading, Weights.of(head))) {
                head.values().forEach(tensor -> tensor.set_requires_grad(true));
                int[] rows = {0, 1, 2, 3};
                Tensor logits = network.logits(
                        network.batch(encoded, network.paddedLength(encoded, rows), rows), Pass.INFERENCE);
                near("logits", logits.detach(), matrix(expected.get("logits")));
                Tensor loss = gold.loss(TASK, logits, rows);
                assertThat(loss.item_double()).isCloseTo(expected.get("loss").asDouble(), within(1e-5));
                loss.backward();
                near("weight", head.get("head.weight").grad(), matrix(expected.get("weight")));
                near("bias", head.get("head.bias").grad(), new double[][] {numbers(expected.get("bias"))});
            }
        }
    }

    private static void near(String what, Tensor got, double[][] expected) {
        double[] flat = Arrays.stream(expected).flatMapToDouble(Arrays::stream).toArray();
        float[] values = new float[flat.length];
        assertThat(got.numel()).isEqualTo(flat.length);
        got.contiguous().data_ptr_float().get(values);
        for (int i = 0; i < flat.length; i++) {
            assertThat((double) values[i]).as(what + " " + i).isCloseTo(flat[i], within(1e-5));
        }
    }

    @Test
    void metricsAreThoseOfScikitLearn() {
        JsonNode all = fixture.get("metrics");
        boolean[][] gold = truths(all.get("gold"));
        double[][] probabilities = matrix(all.get("probabilities"));
        List<Double> thresholds =
                Arrays.stream(numbers(all.get("thresholds"))).boxed().toList();
        MultiLabel task = new MultiLabel(List.of("a", "b", "c", "d", "e"), thresholds);
        for (Metric metric : task.metrics()) {
            assertThat(metric.of(probabilities, thresholds, gold))
                    .as(metric.text())
                    .isCloseTo(all.get("scores").get(metric.text()).asDouble(), within(1e-9));
        }
        List<LabelScore> scores = LabelScore.of(task.names(), thresholds, probabilities, gold);
        List<Double> best = LabelScore.bestThresholds(probabilities, gold);
        List<LabelScore> chosen = LabelScore.of(task.names(), best, probabilities, gold);
        for (int label = 0; label < scores.size(); label++) {
            LabelScore score = scores.get(label);
            assertThat(new double[] {score.precision(), score.recall(), score.f1(), score.averagePrecision()})
                    .as(score.label())
                    .containsExactly(
                            new double[] {
                                all.get("precision").get(label).asDouble(),
                                all.get("recall").get(label).asDouble(),
                                all.get("f1").get(label).asDouble(),
                                all.get("averagePrecision").get(label).asDouble()
                            },
                            within(1e-9));
            // No threshold does better than the chosen one.
            assertThat(chosen.get(label).f1())
                    .isCloseTo(all.get("bestF1").get(label).asDouble(), within(1e-9));
        }
        assertThat(best.get(4)).as("a label that no row has").isEqualTo(0.5);
        assertThatThrownBy(() -> Metric.ACCURACY.of(probabilities, thresholds, gold))
                .hasMessage("metric accuracy compares classes; use micro-f1, macro-f1 or exact-match for label sets");
        assertThatThrownBy(() -> Metric.MICRO_F1.of(new int[] {0}, new int[] {0}))
                .hasMessageStartingWith("metric micro-f1 compares label sets;");
    }

    @Test
    void ofEquallyGoodThresholdsTheNearestToOneHalfIsTaken() {
        // One half is best already; then only what is below it, then what is above.
        assertThat(threshold(new double[] {0.9, 0.6, 0.3}, 1, 1, 0)).isEqualTo(0.5);
        assertThat(threshold(new double[] {0.4, 0.2, 0.1}, 1, 1, 0)).isCloseTo(0.15, within(1e-12));
        assertThat(threshold(new double[] {0.9, 0.8, 0.7}, 1, 0, 0)).isCloseTo(0.85, within(1e-12));
        // Equal probabilities stay together.
        assertThat(threshold(new double[] {0.4, 0.4, 0.2}, 1, 0, 0)).isCloseTo(0.3, within(1e-12));
        // All have it: everything below the least is as good as one half, which gives none.
        assertThat(threshold(new double[] {0.3, 0.2, 0.1}, 1, 1, 1)).isCloseTo(0.05, within(1e-12));
        assertThat(threshold(new double[] {0.8, 0.6, 0.4, 0.1}, 1, 0, 1, 0)).isEqualTo(0.25);
        // 0.85 and 0.125 give two thirds both, and 0.85 is nearer.
        assertThat(threshold(new double[] {0.9, 0.8, 0.3, 0.25}, 1, 0, 0, 1)).isCloseTo(0.85, within(1e-12));
        assertThat(threshold(new double[] {0.3, 0.2}, 0, 0)).isEqualTo(0.5);
    }

    private static double threshold(double[] probabilities, int... gold) {
        return LabelScore.bestThresholds(
                        Arrays.stream(probabilities)
                                .mapToObj(each -> new double[] {each})
                                .toArray(double[][]::new),
                        Arrays.stream(gold)
                                .mapToObj(each -> new boolean[] {each == 1})
                                .toArray(boolean[][]::new))
                .get(0);
    }

    @Test
    void aTextGetsWhatPassesItsThreshold() {
        MultiLabel task = new MultiLabel(List.of("a", "b", "c"), List.of(0.5, 0.2, 0.9));
        Answer.Labels answer = (Answer.Labels) task.answer(0, -1, 2);
        assertThat(answer.labels()).containsExactly("a", "b");
        assertThat(answer.text()).isEqualTo("a,b");
        assertThat(answer.probabilities()).containsOnlyKeys("a", "b", "c").containsEntry("a", 0.5);
        assertThat(((Answer.Labels) task.answer(-1, -9, 0)).labels()).isEmpty();
        // The decisions of the evaluation are those of the answers, as bits.
        Gold gold = new MultiLabel.Sets(new boolean[][] {{true, true, false}, {false, false, true}}, task.thresholds());
        assertThat(gold.right()).containsExactly(3, 4);
        assertThat(gold.predicted(new float[][] {{0, -1, 2}, {-1, -9, 0}})).containsExactly(3, 0);
        assertThatThrownBy(() -> new MultiLabel(List.of("a", "b"), List.of(0.5)))
                .hasMessageContaining("1 thresholds for 2 labels");
        assertThatThrownBy(() -> new MultiLabel(List.of("a", "b"), List.of(0.5, 1.5)))
                .hasMessageContaining("a threshold is 1.5; give a number from 0 to 1");
    }

    /** More labels than a long has bits. */
    @Test
    void manyLabelsAreBitsToo() {
        int labels = 70;
        boolean[][] row = new boolean[1][labels];
        row[0][labels - 1] = true;
        List<String> names = IntStream.range(0, labels).mapToObj(i -> "l" + i).toList();
        assertThat(new MultiLabel.Sets(row, MultiLabel.usual(names).thresholds()).right())
                .containsExactly(java.math.BigInteger.ONE.shiftLeft(labels - 1));
    }

    @Test
    void classWeightsAreRefused() {
        Gold gold = new MultiLabel.Sets(new boolean[1][3], TASK.thresholds());
        assertThatThrownBy(() -> gold.weighted(ClassWeights.BALANCED, TASK.labels()))
                .hasMessageStartingWith("class weights are for classes, but the labels are 3 labels");
    }

    /** Each label has its own line, whatever the others are; the same rows give the same probe. */
    @Test
    void aProbeFindsEveryLabel() {
        Rng rng = new Rng(3);
        float[][] vectors = new float[200][4];
        boolean[][] sets = new boolean[200][3];
        for (int row = 0; row < vectors.length; row++) {
            for (int i = 0; i < 4; i++) {
                vectors[row][i] = (float) rng.nextGaussian();
            }
            sets[row][0] = vectors[row][0] > 0;
            sets[row][1] = vectors[row][1] - vectors[row][2] > 0.5;
            sets[row][2] = vectors[row][3] > 1;
        }
        Gold gold = new MultiLabel.Sets(sets, TASK.thresholds());
        Probe probe = Probe.fit(Compute.cpu(), vectors, TASK, gold);
        Probe again = Probe.fit(Compute.cpu(), vectors, TASK, gold);
        assertThat(Arrays.deepEquals(again.weight(), probe.weight())).isTrue();
        float[][] logits = new float[vectors.length][3];
        for (int row = 0; row < logits.length; row++) {
            for (int label = 0; label < 3; label++) {
                logits[row][label] = probe.bias()[label];
                for (int i = 0; i < 4; i++) {
                    logits[row][label] += probe.weight()[label][i] * vectors[row][i];
                }
            }
        }
        assertThat(probe.explained()).isGreaterThan(0.5);
        assertThat(gold.decided(logits).score(Metric.MACRO_F1, logits)).isGreaterThan(0.95);
    }
}
