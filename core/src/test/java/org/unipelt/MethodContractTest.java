package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.task.Classes;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.task.TokenClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;
import org.unipelt.training.AdamW;

/**
 * What every method promises, checked for every method on a tiny BERT. A new method, or a combination worth a check, is
 * one line in {@link #CASES}; the line says what is particular to it.
 */
class MethodContractTest {
    private static final double EXACT = 1e-6;
    private static final double ROUNDING = 1e-5;
    private static final int CLASSES = 3;

    // Counts by the papers' formulas. N layers, hidden size D, inner size F.
    private static final long N = RandomBert.LAYERS;
    private static final long D = RandomBert.HIDDEN;
    private static final long F = RandomBert.INTERMEDIATE;
    /** Embeddings and their norm; per layer four D x D maps, two of the FFN, two norms; pooler. */
    private static final long ALL = (RandomBert.VOCABULARY + RandomBert.POSITIONS + RandomBert.TYPES + 2) * D
            + N * (4 * (D * D + D) + (D * F + F) + (F * D + D) + 4 * D)
            + (D * D + D);

    private static final long BIASES = D + N * (4 * D + F + D + 2 * D) + D;
    /** A gate: w and b. */
    private static final long GATE = D + 1;

    private static final long PREFIX = prefix(10, 512);

    private static long bottleneck(long m) {
        return (D * m + m) + (m * D + D);
    }

    /** Length, inner width of the network. */
    private static long prefix(long l, long m) {
        return l * D + (D * m + m) + (m * 2 * N * D + 2 * N * D);
    }

    /** A layer-norm. */
    private static final long NORM = 2 * D;

    /** A compacter in every layer: the shared rule, then left, right and bias of two maps. */
    private static final long COMPACTER =
            4 * 4 * 4 + N * (4 * (D / 4) + 4 * (24 / 4) + 24 + 4 * (24 / 4) + 4 * (D / 4) + D);

    private static final long LORA_FFN = N * 2 * 102 * (D + F);

    private static final long ADAPTER = N * bottleneck(48);
    private static final long LORA = N * 2 * 8 * (D + D);
    private static final String EVERY_PROJECTION = "on=query+key+value+attention-out+ffn-up+ffn-down";

    private static final String NOT_LINEAR = "not linear";
    private static final String KEYS_NOT_WEIGHTS = "it is extra keys and values, not a weight";
    private static final String INPUT_NOT_WEIGHTS = "it is extra input, not a weight";
    private static final String GATED = "its gates take another value for every text";

    private static final List<Case> CASES = List.of(
            method("full").counts(ALL).startsWithoutEffect().merges(),
            method("probe").counts(0).startsWithoutEffect().merges(),
            method("head").counts(0).startsWithoutEffect().merges(),
            method("bitfit").counts(BIASES).startsWithoutEffect().merges(),
            method("adapter").counts(ADAPTER).cannotFold(NOT_LINEAR),
            method("houlsby").counts(2 * ADAPTER).cannotFold(NOT_LINEAR),
            method("prefix").counts(PREFIX).cannotFold(KEYS_NOT_WEIGHTS),
            method("prompt").counts(10 * D).cannotFold(INPUT_NOT_WEIGHTS),
            method("lora").counts(LORA).startsWithoutEffect().merges(),
            method("ia3").counts(N * (2 * D + F)).startsWithoutEffect().merges(),
            method("ia3(on=query+value+attention-out+ffn-up+ffn-inner+ffn-down)")
                    .counts(N * (4 * D + 2 * F))
                    .startsWithoutEffect()
                    .merges(),
            method("unipelt(ia3,lora)")
                    .counts(N * (2 * D + F) + LORA + N * (2 * D + F + 3) + 2 * N * GATE)
                    .startsWithoutEffect()
                    .cannotFold(GATED),
            method("unipelt-ap").counts(ADAPTER + PREFIX + 2 * N * GATE).cannotFold(GATED),
            method("unipelt-al").counts(ADAPTER + LORA + 3 * N * GATE).cannotFold(GATED),
            method("unipelt-pl").counts(PREFIX + LORA + 3 * N * GATE).cannotFold(GATED),
            method("unipelt-apl").counts(ADAPTER + PREFIX + LORA + 4 * N * GATE).cannotFold(GATED),
            method("unipelt(adapter,prefix,lora,average=none,temperature=0.1,open=0.9+0.1+0.1)")
                    .counts(ADAPTER + PREFIX + LORA + 4 * N * GATE)
                    .cannotFold(GATED),
            method("unipelt-ap-nogate").counts(ADAPTER + PREFIX).cannotFold(NOT_LINEAR),
            method("unipelt-al-nogate").counts(ADAPTER + LORA).cannotFold(NOT_LINEAR),
            method("unipelt-pl-nogate").counts(PREFIX + LORA).cannotFold(KEYS_NOT_WEIGHTS),
            method("unipelt-apl-nogate").counts(ADAPTER + PREFIX + LORA).cannotFold(NOT_LINEAR),

            // He et al. 2022, and what else their dimensions give.
            method("compacter").counts(COMPACTER).startsWithoutEffect().cannotFold(NOT_LINEAR),
            method("unipelt-cpl")
                    .counts(COMPACTER + PREFIX + LORA + 4 * N * GATE)
                    .cannotFold(GATED),
            method("sequential-adapter-attn")
                    .counts(N * (bottleneck(200) + NORM))
                    .cannotFold(NOT_LINEAR),
            method("sequential-adapter-ffn").counts(N * bottleneck(512)).cannotFold(NOT_LINEAR),
            method("parallel-adapter-attn").counts(N * (bottleneck(200) + NORM)).cannotFold(NOT_LINEAR),
            method("parallel-adapter-ffn").counts(N * bottleneck(512)).cannotFold(NOT_LINEAR),
            method("parallel-adapter-attn-ffn")
                    .counts(N * (bottleneck(30) + NORM + bottleneck(512)))
                    .cannotFold(NOT_LINEAR),
            method("scaled-parallel-adapter")
                    .counts(N * bottleneck(512))
                    .startsWithoutEffect()
                    .cannotFold(NOT_LINEAR),
            method("scaled-parallel-adapter-learned")
                    .counts(N * (bottleneck(512) + 1))
                    .startsWithoutEffect()
                    .cannotFold(NOT_LINEAR),
            method("multi-head-parallel-adapter").counts(prefix(200, 800)).cannotFold(KEYS_NOT_WEIGHTS),
            method("prefix-lambda").counts(prefix(200, 800)).cannotFold(KEYS_NOT_WEIGHTS),
            method("prefix-add").counts(prefix(30, 800)).cannotFold(KEYS_NOT_WEIGHTS),
            method("lora-ffn").counts(LORA_FFN).startsWithoutEffect().merges(),
            method("prefix-lora-ffn").counts(prefix(30, 800) + LORA_FFN).cannotFold(KEYS_NOT_WEIGHTS),
            method("mam").counts(prefix(30, 800) + N * bottleneck(512)).cannotFold(KEYS_NOT_WEIGHTS),
            method("unipelt-mam")
                    .counts(prefix(30, 800) + N * bottleneck(512) + 2 * N * GATE)
                    .cannotFold(GATED),
            method("modification(form=bottleneck(rank=6,norm=out,dropout=0.1),at=attention,insert=pfeiffer)")
                    .counts(N * (bottleneck(6) + NORM))
                    .cannotFold(NOT_LINEAR),
            method("modification(form=compacter(rank=8,divisions=2,factor-rank=3),at=attention+ffn,insert=parallel,"
                            + "compose=scale(2))")
                    .counts(2 * 2 * 2 + 2 * N * (2 * 3 * (D / 2 + 8 / 2) * 2 + 8 + D))
                    .startsWithoutEffect()
                    .cannotFold(NOT_LINEAR),
            method("prefix(length=3,network=6,init=torch,compose=learned,attend=relu,query=normed)")
                    .counts(prefix(3, 6) + N * (NORM + 1))
                    .cannotFold(KEYS_NOT_WEIGHTS),
            method("lora(init=bert)").counts(LORA).merges(),
            method("unipelt(parallel-adapter-attn,lora)")
                    .counts(N * (bottleneck(200) + NORM) + LORA + 3 * N * GATE)
                    .cannotFold(GATED),
            method("unipelt(prefix(compose=lambda),lora,gate=central)")
                    .counts(PREFIX + LORA + N * 2 * GATE)
                    .cannotFold(GATED),

            // Options.
            method("adapter(init=lora,activation=gelu)")
                    .counts(ADAPTER)
                    .startsWithoutEffect()
                    .cannotFold(NOT_LINEAR),
            method("adapter(bottleneck=5,activation=leakyrelu)")
                    .counts(N * bottleneck(5))
                    .cannotFold(NOT_LINEAR),
            method("houlsby(bottleneck=7,activation=tanh,init=lora)")
                    .counts(2 * N * bottleneck(7))
                    .startsWithoutEffect()
                    .cannotFold(NOT_LINEAR),
            method("prefix(length=3,form=flat)").counts(2 * N * 3 * D).cannotFold(KEYS_NOT_WEIGHTS),
            method("prefix(length=4,network=6)")
                    .counts(4 * D + (6 * D + 6) + (2 * N * D * 6 + 2 * N * D))
                    .cannotFold(KEYS_NOT_WEIGHTS),
            method("prompt(length=3)").counts(3 * D).cannotFold(INPUT_NOT_WEIGHTS),
            method("lora(rank=4,alpha=3," + EVERY_PROJECTION + ")")
                    .counts(N * 4 * (4 * (D + D) + 2 * (D + F)))
                    .startsWithoutEffect()
                    .merges(),
            method("lora(dropout=0.5,on=ffn-down)")
                    .counts(N * 8 * (F + D))
                    .startsWithoutEffect()
                    .merges(),
            method("lora(layers=top-1)").counts(LORA / N).startsWithoutEffect().merges(),
            method("adapter(layers=top-1)").counts(ADAPTER / N).cannotFold(NOT_LINEAR),
            method("prefix(length=3,form=flat,layers=top-1)").counts(2 * 3 * D).cannotFold(KEYS_NOT_WEIGHTS),
            method("unipelt(houlsby(layers=top-1),prefix(length=3,network=6,layers=top-1),lora,open=0.2)")
                    .counts(2 * ADAPTER / N + 3 * D + 6 * D + 6 + 2 * D * 6 + 2 * D + LORA + (2 * N + 3) * GATE)
                    .cannotFold(GATED),
            method("unipelt(prefix(form=flat,compose=lambda,layers=top-1),lora(layers=top-1),gate=central)")
                    .counts(2 * 10 * D + LORA / N + 2 * GATE)
                    .cannotFold(GATED),

            // Combinations.
            method("unipelt(adapter)").counts(ADAPTER + N * GATE).cannotFold(GATED),
            method("unipelt(houlsby)").counts(2 * ADAPTER + 2 * N * GATE).cannotFold(GATED),
            method("unipelt(prefix(form=flat))")
                    .counts(2 * N * 10 * D + N * GATE)
                    .cannotFold(GATED),
            method("unipelt(prompt)").counts(10 * D).cannotFold(INPUT_NOT_WEIGHTS),
            method("unipelt(prompt,lora)").counts(10 * D + LORA + 2 * N * GATE).cannotFold(GATED),
            method("unipelt(bitfit)").counts(BIASES).startsWithoutEffect().merges(),
            method("unipelt(lora)")
                    .counts(LORA + 2 * N * GATE)
                    .startsWithoutEffect()
                    .cannotFold(GATED),
            method("unipelt(lora(gate=layer))")
                    .counts(LORA + N * GATE)
                    .startsWithoutEffect()
                    .cannotFold(GATED),
            method("unipelt(lora(rank=2," + EVERY_PROJECTION + "))")
                    .counts(N * 2 * (4 * (D + D) + 2 * (D + F)) + N * (5 * GATE + (F + 1)))
                    .startsWithoutEffect()
                    .cannotFold(GATED),
            method("unipelt(lora,bitfit,gate=none)")
                    .counts(LORA + BIASES)
                    .startsWithoutEffect()
                    .merges(),
            method("unipelt(lora,ia3,gate=none)")
                    .counts(LORA + N * (2 * D + F))
                    .startsWithoutEffect()
                    .cannotFold("two of its methods change "),
            method("unipelt(adapter,prefix,lora,bitfit)")
                    .counts(ADAPTER + PREFIX + LORA + 4 * N * GATE + BIASES)
                    .cannotFold(GATED),
            method("unipelt(adapter,prefix,lora,gate=central)")
                    .counts(ADAPTER + PREFIX + LORA + N * GATE + N * 2 * GATE)
                    .cannotFold(GATED),
            method("unipelt(adapter,prefix,lora,average=all)")
                    .counts(ADAPTER + PREFIX + LORA + 4 * N * GATE)
                    .feelsPadding()
                    .cannotFold(GATED),
            method("unipelt(adapter,prefix,lora,open=0.9)")
                    .counts(ADAPTER + PREFIX + LORA + 4 * N * GATE)
                    .cannotFold(GATED),
            method("unipelt(prefix,lora,gate=central,average=all)")
                    .counts(PREFIX + LORA + N * 2 * GATE)
                    .feelsPadding()
                    .cannotFold(GATED),
            method("unipelt(prompt,houlsby,adapter,prefix,lora,bitfit)")
                    .counts(10 * D + 3 * ADAPTER + PREFIX + LORA + BIASES + 6 * N * GATE)
                    .cannotFold(GATED));

    private static Case method(String text) {
        return new Case(text, 0, false, false, null);
    }

    /**
     * A method and what is particular to it.
     *
     * @param count its trained numbers without the head
     * @param withoutEffect whether its first values leave the logits as they were
     * @param dependsOnPadding whether padding changes the logits, as the release has it
     * @param mergeRefusal the reason why it cannot be merged into the weights; null: it can
     */
    private record Case(String text, long count, boolean withoutEffect, boolean dependsOnPadding, String mergeRefusal) {
        Case counts(long numbers) {
            return new Case(text, numbers, withoutEffect, dependsOnPadding, mergeRefusal);
        }

        Case startsWithoutEffect() {
            return new Case(text, count, true, dependsOnPadding, mergeRefusal);
        }

        Case feelsPadding() {
            return new Case(text, count, withoutEffect, true, mergeRefusal);
        }

        Case cannotFold(String reason) {
            return new Case(text, count, withoutEffect, dependsOnPadding, reason);
        }

        Case merges() {
            return this;
        }

        Method method() {
            return Methods.parse(text);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static Stream<Case> cases() {
        return CASES.stream();
    }

    private static final long[] SHORT = RandomBert.text(6, 1);
    private static final long[] MIDDLE = RandomBert.text(11, 2);
    private static final long[] LONG = RandomBert.text(25, 3);

    private static RandomBert bert;
    private static int threads;
    private static Map<String, float[]> untouched;

    private PointerScope scope;

    @BeforeAll
    static void randomBert() {
        bert = new RandomBert(1);
        // Tensors this small are faster without company.
        threads = torch.get_num_threads();
        torch.set_num_threads(1);
        untouched = values(bert.backbone().weights());
    }

    @AfterAll
    static void close() {
        torch.set_num_threads(threads);
        bert.close();
    }

    @BeforeEach
    void openScope() {
        scope = new PointerScope();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    @Test
    void everyPresetIsHere() {
        assertThat(CASES).extracting(Case::text).containsAll(Methods.names()).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theTextFormGivesTheMethodBack(Case c) {
        Method method = c.method();
        assertThat(Methods.parse(method.toString())).isEqualTo(method).hasToString(method.toString());
        Method saved = method.saved();
        assertThat(Methods.parse(saved.toString())).isEqualTo(saved);
        assertThat(saved.saved()).isEqualTo(saved);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void trainsAsManyNumbersAsTheFormulaSays(Case c) {
        List<Parameter> parameters = c.method().parameters(bert.backbone());
        assertThat(Parameter.count(parameters)).isEqualTo(c.count());
        assertThat(parameters).extracting(Parameter::name).doesNotHaveDuplicates();
        assertThat(Parameter.count(SequenceClassifier.parameters(bert.backbone(), c.method(), Head.LINEAR, CLASSES)))
                .isEqualTo(c.count() + CLASSES * D + CLASSES);
        try (SequenceClassifier network = create(c, Pooling.POOLER)) {
            long held = network.adapterWeights().asMap().values().stream()
                    .mapToLong(Tensor::numel)
                    .sum();
            assertThat(held).isEqualTo(c.count() + CLASSES * D + CLASSES);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void firstValuesLeaveTheLogitsAsTheyWereOrChangeThem(Case c) {
        for (Pooling pooling : List.of(Pooling.POOLER, Pooling.FIRST, Pooling.MEAN)) {
            try (SequenceClassifier network = create(c, pooling);
                    SequenceClassifier bare = bare(network, bert.backbone())) {
                double change = difference(predict(network, batch()), predict(bare, batch()));
                if (c.withoutEffect()) {
                    assertThat(change).isLessThan(EXACT);
                } else {
                    assertThat(change).isGreaterThan(10 * EXACT);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threeStepsMoveWhatIsTrainedAndNothingElse(Case c) {
        for (Method.HeadTraining head : Method.HeadTraining.values()) {
            try (SequenceClassifier network = create(c, Pooling.POOLER)) {
                List<String> trained = network.trained(head);
                if (trained.isEmpty()) {
                    assertThat(c.text()).isIn("head", "probe");
                    continue;
                }
                Map<String, float[]> before = values(network.adapterWeights());
                double[] losses = train(network, trained, 3);
                assertThat(losses).isSortedAccordingTo((a, b) -> Double.compare(b, a));
                network.adapterWeights().asMap().forEach((name, tensor) -> {
                    assertThat(tensor.requires_grad()).as(name).isEqualTo(trained.contains(name));
                    assertThat(tensor.grad().defined())
                            .as("gradient of " + name)
                            .isEqualTo(trained.contains(name));
                    // Attention does not depend on key biases: softmax takes a common shift out.
                    if (!name.endsWith("key.bias")) {
                        assertThat(Arrays.equals(values(tensor), before.get(name)))
                                .as(name + " stayed")
                                .isEqualTo(!trained.contains(name));
                    }
                });
                bert.backbone().weights().asMap().forEach((name, tensor) -> {
                    assertThat(tensor.requires_grad()).as(name).isFalse();
                    assertThat(tensor.grad().defined())
                            .as("gradient of " + name)
                            .isFalse();
                    assertThat(values(tensor)).as(name).isEqualTo(untouched.get(name));
                });
            }
        }
    }

    /** Adam moves a tensor by rounding noise alone: that it moves does not say that it is of use. */
    @ParameterizedTest
    @MethodSource("cases")
    void everyTrainedTensorMatters(Case c) {
        try (SequenceClassifier network = stirred(c, Pooling.POOLER)) {
            float[] logits = predict(network, batch());
            network.adapterWeights().asMap().forEach((name, tensor) -> {
                Tensor before = tensor.detach().clone();
                addNoise(0.5, 31, name, tensor);
                if (!name.endsWith("key.bias")) {
                    assertThat(difference(predict(network, batch()), logits))
                            .as(name)
                            .isGreaterThan(10 * EXACT);
                }
                tensor.detach().copy_(before);
            });
            assertThat(predict(network, batch())).isEqualTo(logits);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void withoutThePoolerAllButThePoolerIsTrained(Case c) {
        for (Pooling pooling : List.of(Pooling.FIRST, Pooling.MEAN)) {
            try (SequenceClassifier network = create(c, pooling)) {
                train(network, network.trained(Method.HeadTraining.ALL), 1);
                network.adapterWeights().asMap().forEach((name, tensor) -> assertThat(
                                tensor.grad().defined())
                        .as("gradient of " + name)
                        .isEqualTo(!name.contains("pooler")));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void savingAndLoadingGivesTheSameLogitsAndTheSameBytes(Case c, @TempDir Path folder) throws IOException {
        try (SequenceClassifier network = stirred(c, Pooling.POOLER)) {
            Path first = folder.resolve("first.safetensors");
            Safetensors.write(
                    first,
                    network.save(),
                    Map.of("method", network.method().saved().toString()));
            Method saved = Methods.parse(Safetensors.metadata(first).get("method"));
            try (SequenceClassifier loaded = new SequenceClassifier(
                    bert.backbone(), saved, HeadInput.by(Pooling.POOLER), Safetensors.read(first))) {
                for (Parameter parameter :
                        SequenceClassifier.parameters(bert.backbone(), saved, Head.LINEAR, CLASSES)) {
                    assertThat(loaded.adapterWeights().get(parameter.name()).shape())
                            .as(parameter.name())
                            .containsExactly(parameter.shape().stream()
                                    .mapToLong(Long::longValue)
                                    .toArray());
                }
                assertThat(loaded.adapterWeights().names())
                        .hasSize(SequenceClassifier.parameters(bert.backbone(), saved, Head.LINEAR, CLASSES)
                                .size());
                assertThat(difference(predict(loaded, batch()), predict(network, batch())))
                        .isLessThan(EXACT);
                Path second = folder.resolve("second.safetensors");
                Safetensors.write(
                        second, loaded.save(), Map.of("method", saved.saved().toString()));
                assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void paddingAndBatchMatesDoNotMatter(Case c) {
        for (Pooling pooling : List.of(Pooling.POOLER, Pooling.FIRST, Pooling.MEAN)) {
            try (SequenceClassifier network = stirred(c, pooling)) {
                float[] alone = predict(network, RandomBert.batch(0, SHORT));
                Map<String, TokenBatch> ways = new LinkedHashMap<>();
                ways.put("long neighbours", RandomBert.batch(0, SHORT, LONG, MIDDLE));
                ways.put("30 columns of padding", RandomBert.batch(30, SHORT));
                ways.put("anything where padding is", RandomBert.batch(30, 17, SHORT));
                ways.forEach((way, batch) -> {
                    float[] row = Arrays.copyOf(predict(network, batch), CLASSES);
                    if (c.dependsOnPadding()) {
                        assertThat(difference(row, alone)).as(way).isGreaterThan(10 * ROUNDING);
                    } else {
                        assertThat(difference(row, alone)).as(way).isLessThan(ROUNDING);
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void foldingIntoTheWeightsChangesNothingOrIsRefusedWithAReason(Case c) {
        try (SequenceClassifier network = stirred(c, Pooling.POOLER)) {
            if (c.mergeRefusal() != null) {
                assertThatThrownBy(network::merge)
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("cannot be merged into the weights: ")
                        .hasMessageContaining(c.mergeRefusal());
                return;
            }
            Map<String, Tensor> merged = network.merge();
            float[] logits = predict(network, batch());
            try (SequenceClassifier bare = bare(network, bert.backbone());
                    SequenceClassifier inside = bare(network, bert.with(merged))) {
                assertThat(difference(predict(inside, batch()), logits)).isLessThan(ROUNDING);
                if (c.count() > 0) {
                    assertThat(difference(predict(bare, batch()), logits)).isGreaterThan(10 * ROUNDING);
                }
            }
            assertThat(values(bert.backbone().weights()))
                    .usingRecursiveComparison()
                    .isEqualTo(untouched);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dropoutIsFeltAndRepeatable(Case c) {
        try (SequenceClassifier network = stirred(c, Pooling.POOLER)) {
            float[] without = predict(network, batch());
            float[] first = logits(network, batch(), new Pass(new Dropout(0.1, new Rng(7)), Observer.NONE));
            float[] again = logits(network, batch(), new Pass(new Dropout(0.1, new Rng(7)), Observer.NONE));
            float[] other = logits(network, batch(), new Pass(new Dropout(0.1, new Rng(8)), Observer.NONE));
            assertThat(difference(first, without)).isGreaterThan(1e-3);
            assertThat(again).isEqualTo(first);
            assertThat(difference(first, other)).isGreaterThan(1e-3);
        }
    }

    /**
     * A head on single tokens: what is trained gets a gradient, a token's logits do not depend on padding unless the method's
     * do, and the method's saved form gives the same logits.
     */
    @ParameterizedTest
    @MethodSource("cases")
    void aHeadOnTokensTrainsAndIsSaved(Case c) {
        int[][] places = {{1, 4}, {2, 3, 24}};
        List<Parameter> parameters = SequenceClassifier.parameters(bert.backbone(), c.method(), Head.LINEAR, CLASSES);
        try (TokenClassifier network = new TokenClassifier(
                bert.backbone(), c.method(), OptionalInt.empty(), Init.draw(parameters, 11, bert.backbone()))) {
            network.adapterWeights().asMap().forEach((name, tensor) -> {
                addNoise(0.1, 23, name, tensor);
                tensor.set_requires_grad(true);
            });
            Tensor logits = network.logits(RandomBert.batch(0, SHORT, LONG), places, Pass.INFERENCE);
            assertThat(new long[] {logits.size(0), logits.size(1)}).containsExactly(5, CLASSES);
            float[] alone = values(network.logits(RandomBert.batch(0, SHORT), new int[][] {{1, 4}}, Pass.INFERENCE));
            double change = difference(Arrays.copyOf(values(logits), alone.length), alone);
            assertThat(change > ROUNDING).as("felt padding: " + change).isEqualTo(c.dependsOnPadding());
            torch.cross_entropy_loss(logits, Tensor.create(new long[] {0, 1, 2, 0, 1}))
                    .backward();
            network.adapterWeights().asMap().forEach((name, tensor) -> assertThat(
                            // The pooler is not on the way to a token.
                            tensor.grad().defined() || name.contains("pooler"))
                    .as("gradient of " + name)
                    .isTrue());
            Method saved = c.method().saved();
            try (NoGradGuard frozen = new NoGradGuard();
                    TokenClassifier again = new TokenClassifier(
                            bert.backbone(), saved, OptionalInt.empty(), Weights.of(network.save()))) {
                float[] before = values(logits);
                float[] after = values(again.logits(RandomBert.batch(0, SHORT, LONG), places, Pass.INFERENCE));
                assertThat(difference(after, before)).isLessThan(ROUNDING);
            }
        }
    }

    @Test
    void lorasOwnDropoutDoesNotNeedTheBackbones() {
        try (SequenceClassifier network = stirred(method("lora(dropout=0.5)"), Pooling.POOLER)) {
            float[] without = predict(network, batch());
            float[] training = logits(network, batch(), new Pass(new Dropout(0, new Rng(7)), Observer.NONE));
            assertThat(difference(training, without)).isGreaterThan(1e-3);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void noStepAndNoPredictionKeepsATensor(Case c) {
        try (SequenceClassifier network = create(c, Pooling.POOLER);
                AdamW optimizer = optimizer(network, network.trained(Method.HeadTraining.ALL))) {
            TokenBatch batch = batch();
            Tensor gold = gold(batch);
            Dropout dropout = new Dropout(0.1, new Rng(5));
            Runnable step = () -> step(network, optimizer, batch, gold, dropout);
            Runnable prediction = () -> predict(network, batch);
            assertThat(pointersKeptBy(step)).as("pointers after 10 steps").isLessThan(5);
            assertThat(pointersKeptBy(prediction))
                    .as("pointers after 10 predictions")
                    .isLessThan(5);
        }
    }

    /** How many native objects more there are after 10 runs, when the first two have made what is made once. */
    private static long pointersKeptBy(Runnable run) {
        run.run();
        run.run();
        long before = Pointer.totalCount();
        for (int i = 0; i < 10; i++) {
            run.run();
        }
        return Pointer.totalCount() - before;
    }

    /** What the count of pointers does not see: tensors that only libtorch holds on to. */
    @Test
    void theProcessDoesNotGrow() {
        long[][] texts = Stream.iterate(1, seed -> seed + 1)
                .limit(16)
                .map(seed -> RandomBert.text(48, seed))
                .toArray(long[][]::new);
        // One tensor of hidden states kept per run would be 16 x 48 x 32 x 4 bytes x 300 = 28 MiB.
        long allowed = 14L << 20;
        try (SequenceClassifier network = create(method("unipelt(adapter,prefix(form=flat),lora)"), Pooling.POOLER);
                AdamW optimizer = optimizer(network, network.trained(Method.HeadTraining.ALL))) {
            TokenBatch batch = RandomBert.batch(0, texts);
            Tensor gold = gold(batch);
            // Without dropout, whose random bits are arrays of the Java heap.
            Runnable step = () -> step(network, optimizer, batch, gold, Dropout.NONE);
            Runnable prediction = () -> predict(network, batch);
            assertThat(bytesKeptBy(step)).as("bytes after 300 steps").isLessThan(allowed);
            assertThat(bytesKeptBy(prediction))
                    .as("bytes after 300 predictions")
                    .isLessThan(allowed);
        }
    }

    private static long bytesKeptBy(Runnable run) {
        long before = 0;
        for (int i = 0; i <= 360; i++) {
            run.run();
            if (i % 60 == 0) {
                // The process' memory holds the Java heap, too: swept, so that it stays in the room that it has.
                System.gc();
                if (i == 60) {
                    before = Pointer.physicalBytes();
                }
            }
        }
        return Pointer.physicalBytes() - before;
    }

    // What the promises are told in.

    private static SequenceClassifier create(Case c, Pooling pooling) {
        return SequenceClassifier.create(bert.backbone(), c.method(), HeadInput.by(pooling), CLASSES, 11);
    }

    /** As a trained network is: every number moved from where it started, and gradients asked for. */
    private static SequenceClassifier stirred(Case c, Pooling pooling) {
        SequenceClassifier network = create(c, pooling);
        network.adapterWeights().asMap().forEach((name, tensor) -> {
            addNoise(0.1, 23, name, tensor);
            tensor.set_requires_grad(true);
        });
        return network;
    }

    private static void addNoise(double standardDeviation, long seed, String name, Tensor tensor) {
        Rng rng = Rng.of(seed, name);
        float[] noise = new float[(int) tensor.numel()];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) (standardDeviation * rng.nextGaussian());
        }
        tensor.detach().add_(Tensor.create(noise, tensor.shape()));
    }

    /** The head of a network on a backbone without its method. */
    private static SequenceClassifier bare(SequenceClassifier network, Backbone backbone) {
        return new SequenceClassifier(
                backbone,
                Methods.parse("head"),
                network.input(),
                Weights.of(network.adapterWeights().select(List.of("head.weight", "head.bias"))));
    }

    private static TokenBatch batch() {
        return RandomBert.batch(0, SHORT, LONG, MIDDLE, RandomBert.text(9, 4));
    }

    private static Tensor gold(TokenBatch batch) {
        long[] gold = new long[(int) batch.ids().size(0)];
        Arrays.setAll(gold, i -> i % CLASSES);
        return Tensor.create(gold);
    }

    private static AdamW optimizer(SequenceClassifier network, List<String> trained) {
        Map<String, Tensor> tensors = network.adapterWeights().select(trained);
        tensors.values().forEach(tensor -> tensor.set_requires_grad(true));
        return new AdamW(Compute.cpu(), tensors, AdamW.Settings.of(AdamW.Formula.TORCH, 0.0));
    }

    /** The losses before each step; the gradients of the last step stay. */
    private static double[] train(SequenceClassifier network, List<String> trained, int steps) {
        TokenBatch batch = batch();
        double[] losses = new double[steps];
        try (AdamW optimizer = optimizer(network, trained)) {
            for (int i = 0; i < steps; i++) {
                losses[i] = step(network, optimizer, batch, gold(batch), Dropout.NONE);
            }
        }
        return losses;
    }

    private static double step(
            SequenceClassifier network, AdamW optimizer, TokenBatch batch, Tensor gold, Dropout dropout) {
        try (PointerScope step = new PointerScope()) {
            network.adapterWeights().asMap().values().forEach(tensor -> tensor.mutable_grad()
                    .reset());
            Tensor loss =
                    Classes.of(network.outputs()).loss(network.logits(batch, new Pass(dropout, Observer.NONE)), gold);
            loss.backward();
            Map<String, Tensor> gradients = new LinkedHashMap<>();
            network.adapterWeights().asMap().forEach((name, tensor) -> {
                if (tensor.requires_grad() && tensor.grad().defined()) {
                    gradients.put(name, tensor.grad());
                }
            });
            optimizer.step(gradients, 1, 1e-3);
            return loss.item_float();
        }
    }

    private static float[] predict(SequenceClassifier network, TokenBatch batch) {
        return logits(network, batch, Pass.INFERENCE);
    }

    private static float[] logits(SequenceClassifier network, TokenBatch batch, Pass pass) {
        try (PointerScope prediction = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            return values(network.logits(batch, pass));
        }
    }

    private static Map<String, float[]> values(Weights weights) {
        Map<String, float[]> values = new LinkedHashMap<>();
        weights.asMap().forEach((name, tensor) -> values.put(name, values(tensor)));
        return values;
    }

    private static float[] values(Tensor tensor) {
        try (PointerScope reading = new PointerScope()) {
            float[] values = new float[(int) tensor.numel()];
            tensor.detach().contiguous().data_ptr_float().get(values);
            return values;
        }
    }

    /** The largest difference; infinite where there is a NaN. */
    private static double difference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs(a[i] - b[i]);
            largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        return largest;
    }
}
