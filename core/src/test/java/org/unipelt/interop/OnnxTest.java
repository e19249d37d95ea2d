package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.RandomBert;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.backbone.deberta.Deberta;
import org.unipelt.backbone.modernbert.ModernBert;
import org.unipelt.backbone.nomicbert.NomicBert;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.runtime.Engine;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;
import org.unipelt.tuned.TunedModel;

/** Drawn networks in ONNX Runtime give the logits of this library. */
class OnnxTest {
    private static final int VOCABULARY = 60;
    private static final int PADDING = 1;
    private static final double TOLERANCE = 1e-5;
    /** What adapters 1.2 computed with its UniPELT, as in ImportTest. */
    private static final float[] ADAPTERHUB = {0.06590f, 0.03399f, -0.11406f, 0.06519f, 0.04765f, -0.11190f};

    private static final Map<String, Weights> WEIGHTS = new LinkedHashMap<>();
    private static final Map<String, Backbone> BACKBONES = new LinkedHashMap<>();
    private static double largest;

    @BeforeAll
    static void backbones() {
        Engine.start();
        Anatomy encoder = new Anatomy(16, Stack.plain(Part.ENCODER, 2, 16, 4, 24));
        Bert.Config bert = new Bert.Config(encoder, VOCABULARY, 40, 2, 1e-12, 0);
        put("bert", Bert.weightShapes(bert, true), weights -> new Bert(bert, weights));
        Bert.Config roberta =
                new Bert.Config(encoder, VOCABULARY, 40, 1, 1e-5, PADDING, Bert.Positions.AFTER_PADDING_ID);
        put("roberta", Bert.weightShapes(roberta, false), weights -> new Bert(roberta, weights));
        Bert.Config distilbert = new Bert.Config(encoder, VOCABULARY, 40, 0, 1e-12, 0);
        put("distilbert", Bert.weightShapes(distilbert, false), weights -> new Bert(distilbert, weights));
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
        put("mpnet", Bert.weightShapes(mpnet, false), weights -> new Bert(mpnet, weights));
        Bert.Config distances = new Bert.Config(
                encoder,
                VOCABULARY,
                20,
                2,
                1e-12,
                0,
                Bert.Positions.FROM_ZERO,
                false,
                Optional.empty(),
                Bert.Distances.OF_QUERIES_AND_KEYS);
        put("bert-distances", Bert.weightShapes(distances, false), weights -> new Bert(distances, weights));
        // Embeddings of their own width, shared layers, GELU by tanh.
        Stack shared =
                Stack.plain(Part.ENCODER, 3, 16, 4, 24, Activation.GELU_TANH).sharing(1);
        Bert.Config albert = new Bert.Config(new Anatomy(16, 12, List.of(shared)), VOCABULARY, 40, 2, 1e-12, 0);
        put("albert", Bert.weightShapes(albert, true), weights -> new Bert(albert, weights));
        // A global layer and a local one, whose window is narrower than the texts.
        FeedForward gated = new FeedForward(24, Activation.GELU, true);
        Anatomy gatedEncoder = new Anatomy(16, new Stack(Part.ENCODER, 2, Heads.of(16, 4), Optional.of(gated)));
        ModernBert.Config modernbert = new ModernBert.Config(
                gatedEncoder,
                VOCABULARY,
                40,
                1e-5,
                0,
                new ModernBert.GlobalLayers(2, List.of()),
                1000,
                100,
                2,
                ModernBert.Biases.NONE);
        put("modernbert", ModernBert.weightShapes(modernbert), weights -> new ModernBert(modernbert, weights));
        for (NomicBert.Kind kind : NomicBert.Kind.values()) {
            NomicBert.Config nomic = new NomicBert.Config(kind, gatedEncoder, VOCABULARY, 40, 2, 1e-12, 0, 1000);
            put(
                    kind.name().toLowerCase(Locale.ROOT),
                    NomicBert.weightShapes(nomic, false),
                    weights -> new NomicBert(nomic, weights));
        }
    }

    private static void put(String name, Map<String, long[]> shapes, Function<Weights, Backbone> build) {
        Weights weights = random(name, shapes);
        WEIGHTS.put(name, weights);
        BACKBONES.put(name, build.apply(weights));
    }

    private static Weights random(String seed, Map<String, long[]> shapes) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> {
                Rng rng = Rng.of(5, seed + name);
                boolean scale = name.toLowerCase(Locale.ROOT).contains("norm") && name.endsWith("weight");
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ((scale ? 1 : 0) + 0.2 * rng.nextGaussian());
                }
                tensors.put(name, Tensor.create(values, shape));
            });
            return Weights.of(tensors);
        }
    }

    @AfterAll
    static void free() {
        BACKBONES.values().forEach(Backbone::close);
        WEIGHTS.values().forEach(Weights::close);
        // -Donnx.report=true prints it; docs/formats.md has it.
        if (Boolean.getBoolean("onnx.report")) {
            System.out.println("largest difference " + largest);
        }
    }

    /** Poolings and heads take turns. */
    static List<Arguments> models() {
        List<String> methods = new ArrayList<>(Methods.presets().stream()
                .filter(preset -> preset.group() != Preset.Group.OTHER)
                .map(Preset::name)
                .toList());
        methods.add("unipelt(adapter,lora(on=query+key+attention-out+ffn-up+ffn-down),ia3,average=all)");
        methods.add("unipelt(houlsby,prefix,lora(gate=layer),bitfit,average=none,temperature=0.5)");
        methods.add("unipelt(adapter(activation=leakyrelu),prefix,lora,gate=central)");
        methods.add("unipelt(compacter,prompt,gate=none)");
        methods.add("unipelt(adapter(layers=top-1),prefix(length=3,layers=top-1),lora(layers=top-1))");
        methods.add("prefix(length=3,compose=lambda,layers=top-1)");
        methods.add("modification(form=prefix(length=5,query=normed),at=attention,compose=scale(2))");
        methods.add("modification(form=bottleneck(rank=4,activation=gelu,norm=out),at=attention+ffn,insert=pfeiffer)");
        List<Pooling> poolings = List.of(Pooling.FIRST, Pooling.MEAN, Pooling.POOLER);
        List<Arguments> models = new ArrayList<>();
        for (String method : methods) {
            models.add(Arguments.of(method, "bert", poolings.get(models.size() % 3), head(models.size())));
        }
        for (String backbone : BACKBONES.keySet()) {
            for (String method : List.of("unipelt-apl", "prompt", "ia3", "mam")) {
                if (!backbone.equals("bert")) {
                    models.add(
                            Arguments.of(method, backbone, poolings.get(models.size() % 2), head(models.size() / 2)));
                }
            }
        }
        return models;
    }

    private static Head head(int model) {
        return model % 2 == 0 ? Head.LINEAR : Head.DENSE;
    }

    @ParameterizedTest(name = "{0} on {1}, {2}, {3}")
    @MethodSource("models")
    void onnxRuntimeGivesTheSameLogits(String text, String name, Pooling pooling, Head head)
            throws IOException, OrtException {
        Backbone backbone = BACKBONES.get(name);
        Method method = Methods.parse(text).saved();
        HeadInput input = HeadInput.by(pooling, head);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        SequenceClassifier.parameters(backbone, method, input.head(), 3)
                .forEach(each -> shapes.put(
                        each.name(),
                        each.shape().stream().mapToLong(Long::longValue).toArray()));
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                Weights tensors = random(text, shapes)) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            ToOnnx.draw(backbone, method, input, 3, tensors).write(file, Map.of("key", "value"));
            SequenceClassifier ours = new SequenceClassifier(backbone, method, input, tensors);
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toByteArray(), oneThread())) {
                compare(ours, session, RandomBert.batch(0, RandomBert.text(9, 1), RandomBert.text(4, 2)));
                compare(
                        ours,
                        session,
                        RandomBert.batch(2, RandomBert.text(15, 3), RandomBert.text(1, 4), RandomBert.text(12, 5)));
                assertThat(session.getMetadata().getCustomMetadata()).containsEntry("key", "value");
            }
        }
    }

    /** A folder of AdapterHub's library, through this one to ONNX Runtime, gives the logits of AdapterHub's library. */
    @Test
    void aFolderHasTheLogitsOfTheLibraryThatItComesFrom(@TempDir Path folder)
            throws IOException, OrtException, URISyntaxException {
        Path adapter = Path.of(OnnxTest.class
                .getResource("/org/unipelt/interop/adapterhub/unipelt")
                .toURI());
        try (BaseModel base = RuledBert.open(Files.createDirectory(folder.resolve("base")));
                TunedModel model =
                        Import.read(adapter, base, new Import.Unsaid(Optional.of(List.of("a", "b", "c")), false))) {
            Export.write(model, Export.Format.ONNX, false, folder.resolve("onnx"));
            OrtSession session = OrtEnvironment.getEnvironment()
                    .createSession(folder.resolve("onnx/model.onnx").toString());
            try (session;
                    PointerScope scope = new PointerScope()) {
                float[][] logits = run(session, givenToAdapterHub());
                assertThat(flat(logits)).containsExactly(ADAPTERHUB, offset(1e-5f));
                assertThat(session.getMetadata().getCustomMetadata())
                        .containsEntry("labels", "[\"a\",\"b\",\"c\"]")
                        .containsEntry("base_model", base.name())
                        .containsEntry("method", model.card().method().toString())
                        .containsEntry(
                                "max_length",
                                Integer.toString(model.card().inference().maxLength()));
            }
        }
        assertThat(folder.resolve("onnx/labels.json")).hasContent("[\"a\",\"b\",\"c\"]");
        assertThat(folder.resolve("onnx/README.md"))
                .content()
                .contains("token_type_ids", "labels.json", "createSession");
    }

    private static TokenBatch givenToAdapterHub() {
        Tensor ids = Tensor.create(new long[] {2, 5, 9, 3, 7, 4, 2, 11, 6, 3, 0, 0}, 2, 6);
        Tensor types = Tensor.create(new long[] {0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}, 2, 6);
        Tensor mask = Tensor.create(new long[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 6);
        return new TokenBatch(ids, types, mask.to(ScalarType.Bool));
    }

    @Test
    void aNetworkThatCannotBeDrawnIsRefused() {
        Deberta.Config config = new Deberta.Config(
                new Anatomy(16, 16, List.of(Stack.plain(Part.ENCODER, 1, 16, 4, 24))),
                VOCABULARY,
                40,
                false,
                2,
                1e-7,
                0,
                Optional.empty(),
                false,
                Optional.empty());
        try (Weights weights = random("deberta", Deberta.weightShapes(config));
                Backbone deberta = new Deberta(config, weights)) {
            assertThatThrownBy(() -> ToOnnx.draw(
                            deberta, Methods.parse("lora"), HeadInput.by(Pooling.FIRST), 2, Weights.of(Map.of())))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("format onnx does not have Deberta's network");
        }
    }

    private static OrtSession.SessionOptions oneThread() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        return options;
    }

    private static void compare(SequenceClassifier ours, OrtSession session, TokenBatch batch) throws OrtException {
        Tensor logits = ours.logits(batch, Pass.INFERENCE).contiguous();
        float[] expected = new float[(int) logits.numel()];
        logits.data_ptr_float().get(expected);
        float[] actual = flat(run(session, batch));
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
        }
        assertThat(actual).containsExactly(expected, offset((float) TOLERANCE));
    }

    private static float[] flat(float[]... rows) {
        float[] all = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
        }
        return all;
    }

    private static float[][] run(OrtSession session, TokenBatch batch) throws OrtException {
        Map<String, Tensor> given = Map.of(
                "input_ids", batch.ids(),
                "attention_mask", batch.attentionMask().to(ScalarType.Long),
                "token_type_ids", batch.tokenTypes());
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            for (String name : session.getInputNames()) {
                inputs.put(name, OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), rows(given.get(name))));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return (float[][]) result.get("logits").orElseThrow().getValue();
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static long[][] rows(Tensor tensor) {
        long[][] rows = new long[(int) tensor.size(0)][(int) tensor.size(1)];
        for (int i = 0; i < rows.length; i++) {
            tensor.select(0, i).contiguous().data_ptr_long().get(rows[i]);
        }
        return rows;
    }
}
