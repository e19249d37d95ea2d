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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Repository;
import org.unipelt.backbone.Pass;
import org.unipelt.data.Span;
import org.unipelt.data.SpanSet;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.metric.Entity;
import org.unipelt.metric.EntityCounts;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.WordEncoding;
import org.unipelt.text.WordSplit;

/** Token classification against transformers and conlleval: {@code tools/token_fixture.py} writes their numbers. */
final class TokenClassificationTest {
    private static final TokenClassification TASK = new TokenClassification(List.of("a", "b"));
    private static JsonNode fixture;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = TokenClassificationTest.class.getResourceAsStream("token-classification.json")) {
            fixture = new JsonMapper().readTree(in);
        }
    }

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .flatMapToDouble(each ->
                        each.isArray() ? Arrays.stream(numbers(each)) : Arrays.stream(new double[] {each.asDouble()}))
                .toArray();
    }

    private static int[] places(JsonNode list) {
        return Arrays.stream(numbers(list)).mapToInt(each -> (int) each).toArray();
    }

    private static Tensor tensor(JsonNode list, long... shape) {
        double[] numbers = numbers(list);
        float[] flat = new float[numbers.length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) numbers[i];
        }
        return Tensor.create(flat, shape);
    }

    private static void near(String what, Tensor got, JsonNode expected) {
        double[] wanted = numbers(expected);
        float[] values = new float[wanted.length];
        assertThat(got.numel()).as(what).isEqualTo(wanted.length);
        got.detach().contiguous().data_ptr_float().get(values);
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) values[i]).as(what + " " + i).isCloseTo(wanted[i], within(1e-5));
        }
    }

    /** The logits of every token; of BERT also the loss over words, and the head's gradients. */
    @ParameterizedTest
    @ValueSource(strings = {"bert-classifier", "roberta-classifier", "deberta-v3-classifier", "t5-classifier"})
    void logitsAreThoseOfTransformers(String name) {
        Path folder = Repository.root().resolve("core/src/test/resources/org/unipelt/checkpoints/" + name);
        JsonNode all = fixture.get("logits");
        JsonNode expected = all.get("models").get(name);
        List<String> texts = new ArrayList<>();
        all.get("texts").forEach(text -> texts.add(text.asText()));
        try (PointerScope scope = new PointerScope();
                BaseModel base = BaseModel.open(folder.toString())) {
            List<Encoding> encoded = base.tokenizer().encodeWords(texts).stream()
                    .map(WordEncoding::encoding)
                    .toList();
            Map<String, Tensor> head = new LinkedHashMap<>();
            head.put("head.bias", tensor(expected.get("bias"), 5));
            head.put(
                    "head.weight",
                    tensor(expected.get("weight"), 5, base.backbone().anatomy().hidden()));
            head.values().forEach(tensor -> tensor.set_requires_grad(true));
            try (TokenClassifier network = new TokenClassifier(
                    base.backbone(), Methods.parse("head"), OptionalInt.empty(), Weights.of(head))) {
                int[] rows = IntStream.range(0, texts.size()).toArray();
                int[][] places = StreamSupport.stream(expected.get("places").spliterator(), false)
                        .map(TokenClassificationTest::places)
                        .toArray(int[][]::new);
                Tensor logits =
                        network.logits(encoded, network.paddedLength(encoded, rows), rows, places, Pass.INFERENCE);
                near("logits", logits, expected.get("logits"));
                if (expected.has("loss")) {
                    JsonNode of = expected.get("loss");
                    long[] labels = Arrays.stream(places(of.get("labels")))
                            .asLongStream()
                            .toArray();
                    Tensor loss = torch.cross_entropy_loss(logits, Tensor.create(labels));
                    assertThat(loss.item_double()).isCloseTo(of.get("loss").asDouble(), within(1e-5));
                    loss.backward();
                    near("weight", network.adapterWeights().get("head.weight").grad(), of.get("weight"));
                    near("bias", network.adapterWeights().get("head.bias").grad(), of.get("bias"));
                }
            }
        }
    }

    private static List<List<Entity>> entities(JsonNode rows) {
        List<List<Entity>> entities = new ArrayList<>();
        rows.forEach(row -> {
            List<String> tags = new ArrayList<>();
            row.forEach(tag -> tags.add(tag.asText()));
            entities.add(Entity.ofTags(tags));
        });
        return entities;
    }

    @Test
    void scoresAreThoseOfConlleval() {
        for (JsonNode row : fixture.get("entities")) {
            EntityCounts counts = EntityCounts.of(entities(row.get("found")), entities(row.get("gold")));
            String what = row.get("found") + " for " + row.get("gold");
            assertThat(new double[] {
                        Metric.ENTITY_PRECISION.of(counts),
                        Metric.ENTITY_RECALL.of(counts),
                        Metric.ENTITY_F1.of(counts),
                        Metric.ENTITY_MACRO_F1.of(counts)
                    })
                    .as(what)
                    .containsExactly(
                            new double[] {
                                row.at("/micro/0").asDouble(),
                                row.at("/micro/1").asDouble(),
                                row.at("/micro/2").asDouble(),
                                row.get("macro").asDouble()
                            },
                            within(1e-12));
            List<String> types = new ArrayList<>();
            row.get("types").fieldNames().forEachRemaining(types::add);
            for (EntityScore score : counts.scores(types)) {
                assertThat(new double[] {score.precision(), score.recall(), score.f1()})
                        .as(what + ", " + score.label())
                        .containsExactly(numbers(row.get("types").get(score.label())), within(1e-12));
            }
        }
        assertThatThrownBy(() -> Metric.ACCURACY.of(EntityCounts.of(List.of(List.of()), List.of(List.of()))))
                .hasMessage(
                        "metric accuracy compares classes; use entity-f1 or entity-macro-f1 for names found in texts");
    }

    /** By hand: tags that break their scheme still make names. */
    @Test
    void tagsThatBreakTheirSchemeMakeNamesAsConllevalSays() {
        assertThat(Entity.ofTags(List.of("I-A", "I-A", "B-A", "I-B", "O", "E-B", "I-B")))
                .containsExactly(
                        new Entity("A", 0, 2),
                        new Entity("A", 2, 3),
                        new Entity("B", 3, 4),
                        new Entity("B", 5, 6),
                        new Entity("B", 6, 7));
        assertThat(Entity.ofTags(List.of("S-A", "S-A", "B-A", "I-A", "E-A", "E-A")))
                .containsExactly(
                        new Entity("A", 0, 1), new Entity("A", 1, 2), new Entity("A", 2, 5), new Entity("A", 5, 6));
        assertThat(Entity.ofTags(List.of())).isEmpty();
    }

    /** Every sequence of five words' tags, against the one with the largest product. */
    @Test
    void theBestPathIsTheBestOfAllThatAreAllowed() {
        Rng rng = new Rng(4);
        for (int time = 0; time < 50; time++) {
            float[][] logits = new float[5][3];
            for (float[] row : logits) {
                for (int tag = 0; tag < row.length; tag++) {
                    row[tag] = (float) (3 * rng.nextGaussian());
                }
            }
            double best = Double.NEGATIVE_INFINITY;
            int[] wanted = {};
            for (int code = 0; code < 243; code++) {
                int[] tags = {code % 3, code / 3 % 3, code / 9 % 3, code / 27 % 3, code / 81};
                double sum = 0;
                for (int word = 0; word < 5; word++) {
                    boolean broken = tags[word] == 2 && (word == 0 || tags[word - 1] == 0);
                    sum += broken ? Double.NEGATIVE_INFINITY : logits[word][tags[word]];
                }
                if (sum > best) {
                    best = sum;
                    wanted = tags;
                }
            }
            assertThat(TagPath.best(logits).tags()).isEqualTo(wanted);
        }
    }

    @Test
    void namesOfAnotherLabelDoNotGoOn() {
        // O, B-a, I-a, B-b, I-b: the second word would like to go on with b, which has not begun.
        Answer.Spans answer =
                TASK.answer("Anna Berg", WordSplit.of("Anna Berg"), new float[][] {{0, 5, 0, 0, 0}, {0, 0, 3, 0, 4}});
        assertThat(answer.spans()).hasSize(1);
        Answer.Spans.Found found = answer.spans().get(0);
        assertThat(found.text()).isEqualTo("Anna Berg");
        assertThat(found.label()).isEqualTo("a");
        double first = Math.exp(5) / (Math.exp(5) + 4);
        double second = Math.exp(3) / (Math.exp(4) + Math.exp(3) + 3);
        assertThat(found.probability()).isCloseTo((first + second) / 2, within(1e-6));
        assertThat(answer.text()).isEqualTo("Anna Berg (a)");
        assertThat(TASK.answer("", List.of(), new float[0][]).spans()).isEmpty();
    }

    /** Tags of spans give these spans again; one that ends inside a word has the whole word. */
    @Test
    void tagsAreThoseOfTheWordsOfASpan() {
        String text = "Anna Berg, Oslo Lyon";
        List<WordSplit.Word> words = WordSplit.of(text);
        SpanSet gold = SpanSet.of(new Span(0, 9, "b"), new Span(11, 13, "a"), new Span(16, 20, "a"));
        int[] tags = TASK.tags(gold, words);
        assertThat(tags).containsExactly(3, 4, 0, 1, 1);
        float[][] logits = new float[words.size()][5];
        for (int word = 0; word < tags.length; word++) {
            logits[word][tags[word]] = 9;
        }
        assertThat(TASK.answer(text, words, logits).spans().stream()
                        .map(Answer.Spans.Found::text)
                        .toList())
                .containsExactly("Anna Berg", "Oslo", "Lyon");
        assertThat(TASK.tags()).containsExactly("O", "B-a", "I-a", "B-b", "I-b");
    }

    @Test
    void pairsAndPoolingAreRefused() {
        assertThatThrownBy(() -> TASK.requireFits(
                        new Inference(16, OptionalInt.empty(), Optional.empty(), Optional.empty(), true)))
                .hasMessage("names are found in single texts; leave out the second texts");
        assertThatThrownBy(() -> TASK.requireFits(new Inference(
                        16,
                        OptionalInt.empty(),
                        Optional.of(org.unipelt.backbone.Pooling.FIRST),
                        Optional.empty(),
                        false)))
                .hasMessageContaining("no pooling and no other head");
    }
}
