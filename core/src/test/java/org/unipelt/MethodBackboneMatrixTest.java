package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.backbone.deberta.Deberta;
import org.unipelt.backbone.modernbert.ModernBert;
import org.unipelt.backbone.nomicbert.NomicBert;
import org.unipelt.backbone.t5.T5;
import org.unipelt.generation.Generation;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Classes;
import org.unipelt.task.Classification;
import org.unipelt.task.Generator;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Objective;
import org.unipelt.task.Seq2SeqObjective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;

/**
 * Every preset on every backbone: it trains, its saved form is loaded, and the loaded model answers as the trained one did,
 * to the last bit where saving leaves nothing out.
 */
class MethodBackboneMatrixTest {
    private static final int VOCABULARY = 50;
    private static final int PADDING = 1;
    private static final int END = 2;
    /** Everything that a DeBERTa of version 3 has, and the convolution of some of version 2. */
    private static final Deberta.Config DEBERTA = new Deberta.Config(
            new Anatomy(16, 12, List.of(Stack.plain(Part.ENCODER, 2, 16, 4, 24))),
            VOCABULARY,
            40,
            false,
            0,
            1e-7,
            0,
            Optional.of(new Deberta.Relative(6, 40, true, true, true)),
            true,
            Optional.of(new Deberta.Convolution(3, 1, Activation.TANH)));

    private static final Map<String, Weights> WEIGHTS = new LinkedHashMap<>();
    private static final Map<String, Backbone> BACKBONES = new LinkedHashMap<>();
    /** The same for predicting only, with packed maps. */
    private static final Map<String, Backbone> PACKED = new LinkedHashMap<>();

    private static final Map<String, Weights> PACKED_WEIGHTS = new LinkedHashMap<>();
    private static final Map<String, BiFunction<Weights, Compute, Backbone>> BUILDERS = new LinkedHashMap<>();

    @TempDir
    private Path folder;

    @BeforeAll
    static void backbones() {
        Engine.start();
        Anatomy encoder = new Anatomy(16, Stack.plain(Part.ENCODER, 2, 16, 4, 24));
        Bert.Config bert = new Bert.Config(encoder, VOCABULARY, 40, 2, 1e-12, 0);
        put("bert", Bert.weightShapes(bert, false), (weights, compute) -> new Bert(bert, weights, compute));
        Bert.Config roberta =
                new Bert.Config(encoder, VOCABULARY, 40, 1, 1e-5, PADDING, Bert.Positions.AFTER_PADDING_ID);
        put("roberta", Bert.weightShapes(roberta, false), (weights, compute) -> new Bert(roberta, weights, compute));
        Bert.Config distilbert = new Bert.Config(encoder, VOCABULARY, 40, 0, 1e-12, 0);
        put(
                "distilbert",
                Bert.weightShapes(distilbert, false),
                (weights, compute) -> new Bert(distilbert, weights, compute));
        // Embeddings of their own width.
        Bert.Config electra = new Bert.Config(new Anatomy(16, 12, encoder.stacks()), VOCABULARY, 40, 2, 1e-12, 0);
        put("electra", Bert.weightShapes(electra, false), (weights, compute) -> new Bert(electra, weights, compute));
        Bert.Config mpnet = new Bert.Config(
                encoder,
                VOCABULARY,
                40,
                0,
                1e-12,
                PADDING,
                Bert.Positions.AFTER_PADDING_ID,
                false,
                Optional.of(new RelativePositions(8, 16)),
                Bert.Distances.NONE);
        put("mpnet", Bert.weightShapes(mpnet, false), (weights, compute) -> new Bert(mpnet, weights, compute));
        Bert.Config distances = new Bert.Config(
                encoder,
                VOCABULARY,
                40,
                2,
                1e-12,
                0,
                Bert.Positions.FROM_ZERO,
                false,
                Optional.empty(),
                Bert.Distances.OF_QUERIES_AND_KEYS);
        put(
                "bert-distances",
                Bert.weightShapes(distances, false),
                (weights, compute) -> new Bert(distances, weights, compute));
        Anatomy shared = new Anatomy(16, 12, List.of(encoder.stacks().get(0).sharing(1)));
        Bert.Config albert = new Bert.Config(shared, VOCABULARY, 40, 2, 1e-12, 0);
        put("albert", Bert.weightShapes(albert, false), (weights, compute) -> new Bert(albert, weights, compute));
        put("deberta", Deberta.weightShapes(DEBERTA), (weights, compute) -> new Deberta(DEBERTA, weights, compute));
        // A global layer and a local one, whose window is narrower than the texts.
        FeedForward gated = new FeedForward(24, Activation.GELU, true);
        ModernBert.Config modernbert = new ModernBert.Config(
                new Anatomy(16, new Stack(Part.ENCODER, 2, Heads.of(16, 4), Optional.of(gated))),
                VOCABULARY,
                40,
                1e-5,
                0,
                new ModernBert.GlobalLayers(2, List.of()),
                1000,
                100,
                2,
                ModernBert.Biases.NONE);
        put(
                "modernbert",
                ModernBert.weightShapes(modernbert),
                (weights, compute) -> new ModernBert(modernbert, weights, compute));
        NomicBert.Config gte =
                new NomicBert.Config(NomicBert.Kind.GTE, modernbert.anatomy(), VOCABULARY, 40, 2, 1e-12, 0, 1000);
        put("gte", NomicBert.weightShapes(gte, false), (weights, compute) -> new NomicBert(gte, weights, compute));
        // Pegasus has the sites of mBART.
        for (Bart.Kind kind : List.of(Bart.Kind.BART, Bart.Kind.MBART)) {
            // One whose decoder differs from its encoder in every size that may differ.
            Stack decoder = kind == Bart.Kind.BART
                    ? Stack.plain(Part.DECODER, 2, 16, 4, 24)
                    : Stack.plain(Part.DECODER, 1, 16, 2, 20);
            Bart.Config bart = new Bart.Config(
                    kind,
                    Bart.Config.anatomy(16, Stack.plain(Part.ENCODER, 2, 16, 4, 24), decoder),
                    VOCABULARY,
                    40,
                    kind == Bart.Kind.MBART,
                    PADDING,
                    END,
                    END,
                    OptionalInt.empty(),
                    OptionalInt.empty());
            put(
                    kind.name().toLowerCase(java.util.Locale.ROOT),
                    Bart.weightShapes(bart),
                    (weights, compute) -> new Bart(bart, weights, compute));
        }
        // Heads that are not a part of the hidden size, stacks of two depths, an output of its own.
        Optional<FeedForward> inner = Optional.of(new FeedForward(24, Activation.GELU_TANH, true));
        T5.Config t5 = new T5.Config(
                T5.Config.anatomy(
                        16,
                        new Stack(Part.ENCODER, 2, T5.Config.heads(3, 6), inner),
                        new Stack(Part.DECODER, 1, T5.Config.heads(3, 6), inner)),
                VOCABULARY,
                new RelativePositions(8, 16),
                1e-6,
                false,
                0,
                END,
                END,
                OptionalInt.empty(),
                OptionalInt.empty());
        put("t5", T5.weightShapes(t5, true), (weights, compute) -> new T5(t5, weights, compute));
    }

    private static void put(String name, Map<String, long[]> shapes, BiFunction<Weights, Compute, Backbone> build) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach((weight, shape) -> {
                Rng rng = Rng.of(5, name + weight);
                boolean scale = weight.toLowerCase(java.util.Locale.ROOT).contains("norm") && weight.endsWith("weight");
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ((scale ? 1 : 0) + 0.2 * rng.nextGaussian());
                }
                tensors.put(weight, Tensor.create(values, shape));
            });
            Weights weights = Weights.of(tensors);
            WEIGHTS.put(name, weights);
            BACKBONES.put(name, build.apply(weights, Compute.cpu()));
            BUILDERS.put(name, build);
            // It frees the plain maps of its weights, so they are its own.
            tensors.replaceAll((weight, tensor) -> tensor.clone());
            Weights own = Weights.of(tensors);
            PACKED_WEIGHTS.put(name, own);
            PACKED.put(name, build.apply(own, Compute.cpu().predicting()));
        }
    }

    @AfterAll
    static void free() {
        WEIGHTS.values().forEach(Weights::close);
        PACKED.values().forEach(Backbone::close);
        PACKED_WEIGHTS.values().forEach(Weights::close);
    }

    static Stream<Arguments> cells() {
        return Methods.names().stream()
                .flatMap(preset -> BACKBONES.keySet().stream().map(backbone -> Arguments.of(preset, backbone)));
    }

    static Stream<Arguments> writingCells() {
        return cells().filter(cell -> BACKBONES.get(cell.get()[1].toString()) instanceof EncoderDecoder);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("cells")
    void classifies(String preset, String name) {
        Backbone backbone = BACKBONES.get(name);
        Method method = Methods.parse(preset);
        HeadInput reading = HeadInput.by(backbone instanceof EncoderDecoder ? Pooling.END : Pooling.FIRST);
        LabelledTexts texts = new LabelledTexts(texts(6, 1), new Classification.Indices(new int[] {0, 1, 2, 0, 1, 2}));
        try (SequenceClassifier network = SequenceClassifier.create(backbone, method, reading, 3, 7)) {
            float[][] before = network.predict(texts.texts(), SequenceClassifier.BatchObserver.NONE);
            train(
                    method,
                    new HeadObjective(network, Classes.of(3), texts, Optional.of(texts), Method.HeadTraining.ALL),
                    Metric.ACCURACY);
            float[][] trained = network.predict(texts.texts(), SequenceClassifier.BatchObserver.NONE);
            assertThat(Arrays.deepEquals(trained, before)).isFalse();
            Weights saved = savedAndRead(network::save);
            Weights same = Weights.of(saved.asMap());
            try (SequenceClassifier loaded = new SequenceClassifier(backbone, method.saved(), reading, saved);
                    SequenceClassifier packed =
                            new SequenceClassifier(PACKED.get(name), method.saved(), reading, same)) {
                answersAs(trained, loaded, texts.texts(), 1e-6f);
                // Products sum in another order.
                answersAs(trained, packed, texts.texts(), 2e-5f);
            }
        }
    }

    private static void answersAs(float[][] trained, SequenceClassifier loaded, List<Encoding> texts, float tolerance) {
        float[][] again = loaded.predict(texts, SequenceClassifier.BatchObserver.NONE);
        for (int i = 0; i < again.length; i++) {
            assertThat(again[i]).containsExactly(trained[i], Offset.offset(tolerance));
        }
    }

    /** The trainer knows no task: one method with gates and one without are enough. */
    @ParameterizedTest
    @ValueSource(strings = {"lora", "unipelt-apl"})
    void givesSeveralLabels(String preset) {
        Method method = Methods.parse(preset);
        HeadInput reading = HeadInput.by(Pooling.FIRST);
        boolean[][] sets = {{true, false}, {true, true}, {false, false}, {true, false}, {false, true}, {true, true}};
        MultiLabel task = MultiLabel.usual(List.of("a", "b"));
        LabelledTexts texts = new LabelledTexts(texts(6, 1), new MultiLabel.Sets(sets, task.thresholds()));
        try (SequenceClassifier network = SequenceClassifier.create(BACKBONES.get("bert"), method, reading, 2, 7)) {
            Objective objective = new HeadObjective(network, task, texts, Optional.of(texts), Method.HeadTraining.ALL);
            train(method, objective, Metric.MICRO_F1);
            float[][] trained = network.predict(texts.texts(), SequenceClassifier.BatchObserver.NONE);
            int[] all = IntStream.range(0, sets.length).toArray();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard();
                    SequenceClassifier loaded = new SequenceClassifier(
                            BACKBONES.get("bert"), method.saved(), reading, savedAndRead(network::save))) {
                assertThat(Arrays.deepEquals(
                                loaded.predict(texts.texts(), SequenceClassifier.BatchObserver.NONE), trained))
                        .isTrue();
                Objective.Judgement judged = objective.judge(Metric.MICRO_F1, rows -> MethodObserver.NONE);
                assertThat(judged.loss())
                        .isCloseTo(objective.loss(all, all, Pass.INFERENCE).item_double(), within(1e-5));
                assertThat(judged.score())
                        .isEqualTo(texts.gold().decided(trained).score(Metric.MICRO_F1, trained));
            }
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("writingCells")
    void writes(String preset, String name) {
        EncoderDecoder backbone = (EncoderDecoder) BACKBONES.get(name);
        Method method = Methods.parse(preset);
        List<Encoding> sources = texts(6, 1);
        List<Encoding> targets = texts(6, 2);
        Generation beams = new Generation(12, 0, 3, 1, false, 0);
        try (Generator writer = Generator.create(backbone, method, 7)) {
            Objective objective = new Seq2SeqObjective(
                    writer,
                    sources,
                    targets,
                    sources,
                    targets,
                    List.of("a", "b", "c", "d", "e", "f"),
                    0.1,
                    (some, observer) -> some.stream().map(one -> "a b").toList());
            if (!objective.trained().isEmpty()) {
                train(method, objective, Metric.ROUGE_L);
            }
            int[] all = IntStream.range(0, sources.size()).toArray();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                assertThat(objective
                                .judge(Metric.ROUGE_L, rows -> MethodObserver.NONE)
                                .loss())
                        .as("development loss")
                        .isCloseTo(objective.loss(all, all, Pass.INFERENCE).item_double(), within(1e-4));
            }
            try (Generator loaded = new Generator(backbone, method.saved(), savedAndRead(writer::save))) {
                List<int[]> trained = writer.generate(sources, beams, END);
                List<int[]> again = loaded.generate(sources, beams, END);
                for (int i = 0; i < again.size(); i++) {
                    assertThat(again.get(i)).containsExactly(trained.get(i));
                }
            }
        }
    }

    /** What the decoder computes token by token, with a cache, is what it computes of the whole target at once. */
    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("writingCells")
    void theCacheChangesNothing(String preset, String name) {
        EncoderDecoder backbone = (EncoderDecoder) BACKBONES.get(name);
        try (Generator writer = Generator.create(backbone, Methods.parse(preset), 7)) {
            List<Encoding> sources = texts(3, 1);
            List<int[]> greedy = writer.generate(sources, new Generation(9, 0, 1, 1, false, 0), END);
            for (int i = 0; i < greedy.size(); i++) {
                assertThat(greedy.get(i)).containsExactly(WithoutCache.greedy(writer, sources.get(i), 9));
            }
        }
    }

    /** With and without dropout, which attention computes in two ways. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1})
    void relativePositionsLearn(double dropout) {
        String name = "encoder.relative_attention_bias.weight";
        Method full = Methods.parse("full");
        LabelledTexts texts = new LabelledTexts(texts(6, 1), new Classification.Indices(new int[] {0, 1, 2, 0, 1, 2}));
        TrainingConfig config = TrainingConfig.builder(full, Metric.ACCURACY)
                .learningRate(0.01)
                .dropout(dropout)
                .batchSize(3)
                .epochs(1)
                .build();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                SequenceClassifier network =
                        SequenceClassifier.create(BACKBONES.get("mpnet"), full, HeadInput.by(Pooling.FIRST), 3, 7)) {
            try (Trainer trainer = new Trainer(
                    new HeadObjective(network, Classes.of(3), texts, Optional.of(texts), Method.HeadTraining.ALL),
                    config,
                    event -> {})) {
                assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
            }
            Tensor moved = network.save()
                    .get("full." + name)
                    .sub(WEIGHTS.get("mpnet").get(name))
                    .abs();
            // AdamW moves whatever has a gradient by about the rate; the buckets of longer distances have none.
            assertThat(moved.max().item_float()).isGreaterThan(0.005f);
            assertThat(moved.min().item_float()).isZero();
        }
    }

    /** Each change acts on its own rows of a fused weight, beside the layer's map and in it. */
    @ParameterizedTest
    @ValueSource(strings = {"modernbert", "gte"})
    void changesOfFusedMapsAreMerged(String name) {
        HeadInput reading = HeadInput.by(Pooling.FIRST);
        Method lora = Methods.parse("lora(on=query+value+ffn-gate+ffn-up,init=bert,alpha=400)");
        try (PointerScope scope = new PointerScope();
                SequenceClassifier beside = SequenceClassifier.create(BACKBONES.get(name), lora, reading, 3, 7)) {
            Map<String, Tensor> merged = new LinkedHashMap<>(WEIGHTS.get(name).asMap());
            merged.putAll(beside.merge());
            try (Weights weights = Weights.of(merged);
                    Backbone backbone = BUILDERS.get(name).apply(weights, Compute.cpu());
                    SequenceClassifier within =
                            SequenceClassifier.create(backbone, Methods.parse("head"), reading, 3, 7);
                    SequenceClassifier without =
                            SequenceClassifier.create(BACKBONES.get(name), Methods.parse("head"), reading, 3, 7)) {
                float[][] expected = beside.predict(texts(3, 1), SequenceClassifier.BatchObserver.NONE);
                float[][] got = within.predict(texts(3, 1), SequenceClassifier.BatchObserver.NONE);
                float[][] plain = without.predict(texts(3, 1), SequenceClassifier.BatchObserver.NONE);
                for (int i = 0; i < got.length; i++) {
                    assertThat(got[i]).containsExactly(expected[i], Offset.offset(1e-5f));
                    assertThat(Math.abs(plain[i][0] - expected[i][0])).isGreaterThan(1e-4f);
                }
            }
        }
    }

    @Test
    void bitFitSaysWhereThereAreNoBiases() {
        for (String method : List.of("bitfit", "unipelt(bitfit,lora)")) {
            assertThat(Methods.parse(method).remark(BACKBONES.get("bert"))).isEmpty();
            assertThat(Methods.parse(method).remark(BACKBONES.get("modernbert")))
                    .hasValueSatisfying(remark -> assertThat(remark)
                            .startsWith("bitfit trains nothing of this base model, which has no biases;"));
        }
    }

    /** A weight that several layers share cannot hold the change of each; a trained copy of the weight can be merged. */
    @Test
    void whatLayersShareHoldsNoChangeOfOne() {
        HeadInput reading = HeadInput.by(Pooling.FIRST);
        for (String method : List.of("lora", "ia3")) {
            try (SequenceClassifier network =
                    SequenceClassifier.create(BACKBONES.get("albert"), Methods.parse(method), reading, 3, 7)) {
                assertThatThrownBy(network::merge)
                        .isInstanceOf(InputException.class)
                        .hasMessage(method + " cannot be merged into this base model: its layers share their weights,"
                                + " and each has its own change");
            }
        }
        try (PointerScope scope = new PointerScope();
                SequenceClassifier network =
                        SequenceClassifier.create(BACKBONES.get("albert"), Methods.parse("bitfit"), reading, 3, 7)) {
            assertThat(network.merge()).containsKey("encoder.layer.0.output.dense.bias");
            assertThat(network.merge()).doesNotContainKey("encoder.layer.1.output.dense.bias");
        }
    }

    /** He et al. 2022, Eq. 7, at every attention of an encoder and a decoder. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert",
                "bert-distances",
                "roberta",
                "mpnet",
                "albert",
                "deberta",
                "modernbert",
                "bart",
                "mbart",
                "t5"
            })
    void aPrefixInFrontIsTheSameAsOneWeighedByLambda(String name) {
        Backbone backbone = BACKBONES.get(name);
        HeadInput reading = HeadInput.by(backbone instanceof EncoderDecoder ? Pooling.END : Pooling.FIRST);
        String prefix = "prefix(length=3,network=6,init=torch,compose=%s)";
        try (SequenceClassifier concat =
                        SequenceClassifier.create(backbone, Methods.parse(prefix.formatted("concat")), reading, 3, 7);
                SequenceClassifier lambda =
                        SequenceClassifier.create(backbone, Methods.parse(prefix.formatted("lambda")), reading, 3, 7)) {
            float[][] one = concat.predict(texts(6, 1), SequenceClassifier.BatchObserver.NONE);
            float[][] other = lambda.predict(texts(6, 1), SequenceClassifier.BatchObserver.NONE);
            for (int i = 0; i < one.length; i++) {
                assertThat(other[i]).containsExactly(one[i], Offset.offset(1e-5f));
            }
        }
    }

    private void train(Method method, Objective objective, Metric metric) {
        TrainingConfig config = TrainingConfig.builder(method, metric)
                .learningRate(0.01)
                .batchSize(3)
                .epochs(1)
                .build();
        try (Trainer trainer = new Trainer(objective, config, event -> {})) {
            assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
        }
    }

    private Weights savedAndRead(java.util.function.Supplier<Map<String, Tensor>> save) {
        Path file = folder.resolve("saved.safetensors");
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Safetensors.write(file, save.get(), Map.of());
        }
        return Safetensors.read(file);
    }

    private static List<Encoding> texts(int count, long seed) {
        Rng rng = new Rng(seed);
        return Stream.generate(() -> {
                    int[] ids = new int[4 + rng.nextInt(8)];
                    Arrays.setAll(ids, at -> at == ids.length - 1 ? END : 3 + rng.nextInt(VOCABULARY - 3));
                    return new Encoding(ids, new int[ids.length]);
                })
                .limit(count)
                .toList();
    }
}
