package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Answer;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.task.Ranking;
import org.unipelt.task.Regression;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.Task;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBart;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.RankedText;
import org.unipelt.tuned.TunedModel;

/** Whole checkpoints: what is written is read with the same answers, and what cannot be said or read is refused in one line. */
class CheckpointTest {
    private static final List<String> TEXTS = List.of("great film", "w1 boring w7 harbour", "the late ferry so good");
    private static final List<String> CLASSES = List.of("no", "yes", "don't know");
    /** The presets whose changes fit into weights. */
    private static final List<String> MERGING = List.of("lora", "lora-ffn", "ia3", "bitfit", "full", "head", "probe");

    private static final Map<String, BaseModel> BASES = new LinkedHashMap<>();

    @TempDir
    private static Path bases;

    @TempDir
    private Path home;

    @BeforeAll
    static void open() throws IOException {
        Engine.start();
        put("bert", TinyBert.write(bases.resolve("bert")));
        put("bart", TinyBart.bart(bases.resolve("bart")));
        put("mbart", TinyBart.mbart(bases.resolve("mbart")));
        Path bare = TinyBert.write(bases.resolve("bare"));
        TensorFile.change(
                bare.resolve(TinyBert.WEIGHTS), tensors -> tensors.keySet().removeIf(name -> name.contains("pooler")));
        put("bare", bare);
        Path lowering = TinyBart.bart(bases.resolve("lowering"));
        Files.writeString(lowering.resolve("sentence_bert_config.json"), "{\"do_lower_case\": true}");
        put("lowering", lowering);
        for (String name : List.of("roberta", "distilbert", "albert", "deberta-v3", "modernbert", "t5")) {
            put(name, fixture(name + "-classifier"));
        }
        put("pegasus", fixture("pegasus-bare"));
    }

    @AfterAll
    static void close() {
        BASES.values().forEach(BaseModel::close);
    }

    private static void put(String name, Path folder) {
        BASES.put(name, BaseModel.open(folder.toString()));
    }

    private static Path fixture(String name) {
        try {
            return Path.of(CheckpointTest.class
                    .getResource("/org/unipelt/checkpoints/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A model with random trained tensors. */
    private static TunedModel tuned(String base, String method, Task task, Head head, Pooling pooling) {
        BaseModel opened = BASES.get(base);
        boolean generates = task instanceof Seq2Seq;
        Inference inference = new Inference(
                14,
                OptionalInt.empty(),
                generates ? Optional.empty() : Optional.of(pooling),
                generates ? Optional.empty() : Optional.of(head),
                false);
        Method parsed = Methods.parse(method).saved();
        AdapterCard card = new AdapterCard(
                parsed,
                task,
                inference,
                new AdapterCard.Base(opened.name(), opened.fingerprint(), Optional.of(opened.reading())),
                Optional.empty(),
                "");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            task.parameters(opened.backbone(), parsed, inference).forEach(parameter -> {
                long[] shape =
                        parameter.shape().stream().mapToLong(Long::longValue).toArray();
                tensors.put(
                        parameter.name(),
                        Tensor.create(Numbers.random(parameter.name(), shape).values(), shape));
            });
            return TunedModel.of(opened, parsed, Weights.of(tensors), card);
        }
    }

    private static TunedModel classifier(String base, String method) {
        BaseModel opened = BASES.get(base);
        Head head = opened.ownHead().map(own -> own.form()).orElse(opened.head());
        return tuned(base, method, new Classification(CLASSES), head, opened.pooling());
    }

    private static double[] numbers(TunedModel model) {
        return TEXTS.stream()
                .map(model::predict)
                .flatMapToDouble(answer -> answer instanceof Answer.Label label
                        ? label.probabilities().values().stream().mapToDouble(Double::doubleValue)
                        : java.util.stream.DoubleStream.of(((Answer.Score) answer).value()))
                .toArray();
    }

    private TunedModel reread(Path folder, BaseModel base) {
        return Import.read(folder, base, Import.Unsaid.NOTHING);
    }

    private void sameAnswers(TunedModel model, Path folder) {
        Export.write(model, Export.Format.MERGED, false, folder);
        assertThat(Import.library(folder)).isEqualTo("transformers");
        assertThat(Import.base(folder)).contains(folder.toString());
        try (BaseModel merged = BaseModel.open(folder.toString());
                TunedModel read = reread(folder, merged)) {
            assertThat(read.card().method()).hasToString("head");
            assertThat(read.card().labels()).isEqualTo(model.card().labels());
            assertThat(read.card().inference().maxLength()).isEqualTo(14);
            double[] expected = numbers(model);
            assertThat(numbers(read)).containsExactly(expected, within(1e-5));
        }
    }

    static Stream<Arguments> presets() {
        return Stream.of("bert", "roberta", "distilbert", "bart").flatMap(base -> Methods.presets().stream()
                .map(Preset::name)
                .filter(preset -> base.equals("bert") || MERGING.contains(preset))
                .map(preset -> Arguments.of(base, preset)));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("presets")
    void whatMergesIsReadWithTheSameAnswers(String base, String preset) {
        Path folder = home.resolve("merged");
        try (TunedModel model = classifier(base, preset)) {
            if (MERGING.contains(preset)) {
                sameAnswers(model, folder);
            } else {
                assertThatThrownBy(() -> Export.write(model, Export.Format.MERGED, false, folder))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining(" cannot be merged into the weights: ")
                        .hasMessageEndingWith(
                                "; --format onnx has it as nodes, adapterhub or peft beside the base model");
                assertThat(home).isEmptyDirectory();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"albert", "deberta-v3", "t5", "mbart"})
    void everyHeadOfAFamilyIsWritten(String base) {
        try (TunedModel model = classifier(base, "full")) {
            sameAnswers(model, home.resolve("merged"));
        }
    }

    /** The tanh of the family's own head changes nothing, or it is that of a dense head. */
    @ParameterizedTest
    @CsvSource({
        "bert, LINEAR, FIRST",
        "bert, DENSE, FIRST",
        "bare, LINEAR, FIRST",
        "bare, DENSE, FIRST",
        "roberta, LINEAR, FIRST",
        "bart, LINEAR, END"
    })
    void aHeadOfAnotherFormIsRewritten(String base, Head head, Pooling pooling) {
        try (TunedModel model = tuned(base, "bitfit", new Classification(CLASSES), head, pooling)) {
            sameAnswers(model, home.resolve("merged"));
        }
    }

    @Test
    void aScoreIsRegression() throws IOException {
        Path folder = home.resolve("merged");
        try (TunedModel model = tuned("bert", "lora", new Regression(), Head.LINEAR, Pooling.POOLER)) {
            sameAnswers(model, folder);
        }
        JsonNode config = json(folder.resolve("config.json"));
        assertThat(config.path("problem_type").asText()).isEqualTo("regression");
        assertThat(config.path("id2label")).hasSize(1);
    }

    /** What sentence-transformers reads as a cross-encoder, whose score is the sigmoid of the only logit. */
    @Test
    void aRankingIsACrossEncoder() throws IOException {
        Path folder = home.resolve("merged");
        double[] expected;
        try (TunedModel single = tuned("bert", "lora", new Ranking(4), Head.LINEAR, Pooling.POOLER)) {
            AdapterCard card = single.card();
            Inference pairs = new Inference(
                    14,
                    OptionalInt.empty(),
                    card.inference().pooling(),
                    card.inference().head(),
                    true);
            TunedModel model =
                    single.with(new AdapterCard(card.method(), card.task(), pairs, card.base(), Optional.empty(), ""));
            expected = relevances(model);
            Export.write(model, Export.Format.MERGED, false, folder);
        }
        ObjectNode config = (ObjectNode) json(folder.resolve("config.json"));
        assertThat(config.has("problem_type")).isFalse();
        assertThat(config.at("/sentence_transformers/activation_fn").asText())
                .isEqualTo("torch.nn.modules.activation.Sigmoid");
        assertThat(Files.readString(folder.resolve("README.md")))
                .contains("pipeline_tag: text-ranking", "CrossEncoder(\"FOLDER\")")
                .doesNotContain("--labels relevance");
        try (BaseModel merged = BaseModel.open(folder.toString());
                TunedModel read = Import.read(folder, merged, Import.Unsaid.NOTHING)) {
            assertThat(read.card().task()).isEqualTo(new Ranking(1));
            assertThat(read.card().pairs()).isTrue();
            assertThat(relevances(read)).containsExactly(expected, within(1e-6));
        }
        // Another program's, which says nothing: a score, or a relevance if that is asked for.
        config.remove("sentence_transformers");
        Files.writeString(folder.resolve("config.json"), config.toString());
        try (BaseModel merged = BaseModel.open(folder.toString());
                TunedModel score = Import.read(folder, merged, Import.Unsaid.NOTHING);
                TunedModel asked =
                        Import.read(folder, merged, new Import.Unsaid(Optional.of(List.of("relevance")), true))) {
            assertThat(score.card().task()).isEqualTo(new Regression());
            assertThat(relevances(asked)).containsExactly(expected, within(1e-6));
        }
    }

    private static double[] relevances(TunedModel model) {
        return model.rank("great film", TEXTS).stream()
                .mapToDouble(RankedText::relevance)
                .toArray();
    }

    @Test
    void filesAreThoseOfTransformers() throws IOException {
        Path folder = home.resolve("merged");
        try (TunedModel model = classifier("bert", "lora")) {
            Export.write(model, Export.Format.MERGED, false, folder);
        }
        ObjectNode config = (ObjectNode) json(folder.resolve("config.json"));
        assertThat(config.path("architectures").toString()).isEqualTo("[\"BertForSequenceClassification\"]");
        assertThat(config.path("id2label").toString()).isEqualTo("{\"0\":\"no\",\"1\":\"yes\",\"2\":\"don't know\"}");
        assertThat(config.path("label2id").path("yes").asInt()).isEqualTo(1);
        assertThat(config.path("hidden_size").asInt()).isEqualTo(16);
        assertThat(json(folder.resolve("tokenizer_config.json"))
                        .path("model_max_length")
                        .asInt())
                .isEqualTo(14);
        assertThat(Safetensors.metadata(folder.resolve("model.safetensors"))).containsEntry("format", "pt");
        assertThat(folder.resolve(TinyBert.VOCABULARY)).exists();
        assertThat(Files.readString(folder.resolve("README.md"))).contains("library_name: transformers");
        try (Weights weights = Safetensors.read(folder.resolve("model.safetensors"))) {
            assertThat(weights.names())
                    .contains("classifier.weight", "bert.pooler.dense.weight")
                    .allMatch(name -> name.startsWith("bert.") || name.startsWith("classifier."));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bart, model.shared.weight, BartForConditionalGeneration",
        "t5, shared.weight, T5ForConditionalGeneration"
    })
    void aModelThatGeneratesTextsIsWrittenToo(String base, String words, String architecture) throws IOException {
        Path folder = home.resolve("merged");
        Seq2Seq task = Seq2Seq.usual(LabelKind.SUMMARY);
        try (TunedModel model = tuned(base, "lora", task, Head.LINEAR, Pooling.END)) {
            Export.write(model, Export.Format.MERGED, false, folder);
            try (BaseModel merged = BaseModel.open(folder.toString())) {
                BASES.put("merged", merged);
                try (TunedModel read = tuned("merged", "lora", task, Head.LINEAR, Pooling.END)) {
                    assertThat(read.card()).isNotNull();
                }
            } finally {
                BASES.remove("merged");
            }
        }
        assertThat(json(folder.resolve("config.json"))
                        .path("architectures")
                        .path(0)
                        .asText())
                .isEqualTo(architecture);
        assertThat(json(folder.resolve("generation_config.json"))
                        .path("max_length")
                        .asInt())
                .isEqualTo(60);
        try (Weights weights = Safetensors.read(folder.resolve("model.safetensors"))) {
            assertThat(weights.names()).contains(words).noneMatch(name -> name.startsWith("class"));
        }
        assertThatThrownBy(() -> Import.library(folder))
                .hasMessage(folder.resolve("config.json") + " names no classifier (architectures: " + architecture
                        + "); train one on it: unipelt train --model " + folder);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bert       | LINEAR | MEAN  | BertForSequenceClassification has no pooling 'mean', which this model was trained with; train again with --pooling pooler
            bare       | LINEAR | MEAN  | BertForSequenceClassification has no pooling 'mean', which this model was trained with; train again with --pooling first
            roberta    | DENSE  | MEAN  | RobertaForSequenceClassification has no pooling 'mean', which this model was trained with; train again with --pooling first
            bart       | DENSE  | MEAN  | BartForSequenceClassification has no pooling 'mean', which this model was trained with; train again with --pooling end
            distilbert | DENSE  | FIRST | DistilBertForSequenceClassification has a head of two maps with ReLU between them, and this model, as all that are trained on this base model here, one of two maps with tanh between them; use the model here, or tune another base model, e.g. a BERT or a RoBERTa
            modernbert | DENSE  | FIRST | transformers has no classifier of type 'modernbert' with a head that this library has; use the model here, or tune another base model, e.g. a BERT or a RoBERTa
            lowering   | DENSE  | END   | BASE has a file of sentence-transformers that lowers capitals (do_lower_case), which transformers does not read; use the model here
            pegasus    | DENSE  | END   | transformers has no classifier of type 'pegasus' with a head that this library has; use the model here, or tune another base model, e.g. a BERT or a RoBERTa
            """)
    void whatTransformersDoesNotHaveIsRefused(String base, Head head, Pooling pooling, String line) {
        try (TunedModel model = tuned(base, "bitfit", new Classification(CLASSES), head, pooling)) {
            assertThatThrownBy(() -> Export.write(model, Export.Format.MERGED, false, home.resolve("merged")))
                    .isInstanceOf(InputException.class)
                    .hasMessage(line.replace("BASE", BASES.get(base).name()));
            assertThat(home).isEmptyDirectory();
        }
    }

    /** Trained there on a base model: here every weight is the trained one. */
    @ParameterizedTest
    @CsvSource({"bert, full", "bert, head", "roberta, full", "bart, full"})
    void anotherBaseModelMakesItFullFineTuning(String base, String method) {
        Path folder = home.resolve("merged");
        try (TunedModel model = classifier(base, method)) {
            Export.write(model, Export.Format.MERGED, false, folder);
            try (TunedModel read = reread(folder, BASES.get(base))) {
                assertThat(read.card().method()).hasToString(method);
                assertThat(numbers(read)).containsExactly(numbers(model), within(1e-5));
                try (TunedModel saved = read.save(home.resolve("saved"));
                        TunedModel loaded = TunedModel.load(home.resolve("saved"), BASES.get(base))) {
                    assertThat(saved.card().method()).hasToString(method);
                    assertThat(numbers(loaded)).containsExactly(numbers(model), within(1e-5));
                }
            }
        }
    }

    private interface Damage {
        void to(Path folder) throws IOException;
    }

    private static Damage config(Consumer<ObjectNode> change) {
        return folder -> JsonFile.change(folder.resolve("config.json"), change);
    }

    private static Damage tensors(Consumer<Map<String, Numbers>> change) {
        return folder -> TensorFile.change(folder.resolve(TinyBert.WEIGHTS), change);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                row(
                        config(c -> c.putArray("architectures").add("BertForMaskedLM")),
                        "FOLDER/config.json names no classifier (architectures: BertForMaskedLM); train one on it:"
                                + " unipelt train --model FOLDER"),
                row(
                        config(c -> c.remove("architectures")),
                        "FOLDER/config.json names no classifier (architectures: none); train one on it: unipelt train"
                                + " --model FOLDER"),
                row(
                        config(c -> c.putArray("architectures").add("RobertaForSequenceClassification")),
                        "FOLDER/config.json: architectures is RobertaForSequenceClassification, but model_type bert"
                                + " needs BertForSequenceClassification; save or download the folder again"),
                row(
                        config(c -> c.put("problem_type", "ranking")),
                        "FOLDER/config.json: problem_type = ranking is not supported; known:"
                                + " single_label_classification, multi_label_classification, regression"),
                row(
                        config(c -> c.put("problem_type", "regression")),
                        "FOLDER/config.json: problem_type = regression with 3 outputs is not supported, only with one"),
                row(
                        config(c -> ((ObjectNode) c.get("id2label")).remove("1")),
                        "FOLDER/config.json: id2label has no name for 1; save or download the folder again"),
                row(
                        config(c -> ((ObjectNode) c.get("id2label")).remove("2")),
                        "the head has 3 outputs, but there are 2 labels; name one for each with --labels"),
                row(
                        config(c -> ((ObjectNode) c.get("id2label")).put("2", "no")),
                        "class names must differ and not be blank: no, yes, no"),
                row(
                        tensors(t -> t.remove("classifier.weight")),
                        "FOLDER/model.safetensors has no classification head ('classifier.weight'), which config.json"
                                + " promises; save or download the folder again"),
                row(
                        tensors(t -> t.remove("classifier.bias")),
                        "FOLDER/model.safetensors has no tensor 'classifier.bias'; save or download the folder again"),
                row(
                        tensors(t -> t.put("classifier.weight", Numbers.zeros(3, 9))),
                        "FOLDER/model.safetensors: tensor 'classifier.weight' has shape [3, 9] where this base model"
                                + " needs [3, 16]; name the base model that it was trained on with --model"),
                row(
                        tensors(t -> t.put("classifier.dense.weight", Numbers.zeros(16, 16))),
                        "FOLDER/model.safetensors: nothing in the folder's settings uses tensor"
                                + " 'classifier.dense.weight'; did you mean 'classifier.weight'?"),
                row(
                        tensors(t -> t.keySet().removeIf(name -> name.contains("pooler"))),
                        "the classifiers of bert have a head that this library does not have, or FOLDER lacks its"
                                + " pooler"),
                row(folder -> Files.writeString(folder.resolve("modules.json"), "[]"), null),
                row(
                        folder -> {
                            Files.writeString(folder.resolve("modules.json"), "[]");
                            JsonFile.change(folder.resolve("config.json"), c -> c.putArray("architectures")
                                    .add("BertModel"));
                        },
                        "FOLDER is a model of sentence-transformers, without a classification head; train one on it:"
                                + " unipelt train --model FOLDER"));
    }

    private static Arguments row(Damage damage, String line) {
        return Arguments.of(damage, line);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("damages")
    void aDamagedClassifierGetsOneLine(Damage damage, String line) throws IOException {
        Path folder = home.resolve("classifier");
        try (TunedModel model = classifier("bert", "head")) {
            Export.write(model, Export.Format.MERGED, false, folder);
        }
        damage.to(folder);
        try (BaseModel base = BaseModel.open(folder.toString())) {
            if (line == null) {
                reread(folder, base).close();
                return;
            }
            assertThatThrownBy(() -> reread(folder, base))
                    .isInstanceOf(InputException.class)
                    .hasMessage(line.replace("FOLDER", folder.toString()));
        }
    }

    @Test
    void anUnknownTypeIsRefused() throws IOException {
        Files.writeString(
                home.resolve("config.json"),
                "{\"model_type\": \"bort\", \"architectures\": [\"BortForSequenceClassification\"]}");
        assertThatThrownBy(() -> Import.library(home))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(home + ": unknown model_type 'bort' in config.json; known: bert, ");
    }

    static Stream<Arguments> otherBases() {
        String refused = "FOLDER is not trained on BASE: ";
        String remedy = "; leave out --model, or name another";
        return Stream.of(
                Arguments.of(
                        "bert",
                        "bare",
                        config(c -> {}),
                        "the classifiers of bert have a head that this library does not have, or BASE lacks its pooler"),
                Arguments.of(
                        "roberta",
                        "bert",
                        config(c -> {}),
                        refused + "it is of type 'roberta', and BASE of type 'bert'" + remedy),
                Arguments.of(
                        "bert",
                        "bert",
                        config(c -> c.put("layer_norm_eps", 1e-5)),
                        refused + "layer_norm_eps in config.json of BASE is 1.0E-12, but it was trained with 1.0E-5"
                                + remedy),
                Arguments.of(
                        "bert",
                        "bert",
                        tensors(t -> t.keySet().removeIf(name -> name.contains("pooler"))),
                        refused + "it has no tensor 'pooler.dense.weight', which BASE has" + remedy));
    }

    @ParameterizedTest(name = "{3}")
    @MethodSource("otherBases")
    void aBaseModelThatItWasNotTrainedOnIsRefused(String from, String on, Damage change, String line)
            throws IOException {
        Path folder = home.resolve("merged");
        try (TunedModel model = classifier(from, "full")) {
            Export.write(model, Export.Format.MERGED, false, folder);
        }
        change.to(folder);
        assertThatThrownBy(() -> reread(folder, BASES.get(on)))
                .isInstanceOf(InputException.class)
                .hasMessage(line.replace("FOLDER", folder.toString())
                        .replace("BASE", BASES.get(on).name()));
    }

    /** Tensors and logits are those of transformers: tools/checkpoint_fixture.py. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-classifier",
                "roberta-classifier",
                "xlm-roberta-classifier",
                "mpnet-classifier",
                "albert-classifier",
                "distilbert-classifier",
                "deberta-v3-classifier",
                "nomic-bert-classifier",
                "gte-classifier",
                "bart-classifier",
                "t5-classifier"
            })
    void classifiersOfTransformersGiveTheirProbabilities(String name) throws IOException {
        Path folder = fixture(name);
        try (PointerScope scope = new PointerScope();
                BaseModel base = BaseModel.open(folder.toString());
                TunedModel model = reread(folder, base);
                Weights expected = Safetensors.read(folder.resolve("expected.safetensors"))) {
            Tensor probabilities = expected.get("logits").softmax(-1);
            int row = 0;
            for (JsonNode text : json(fixture("texts.json"))) {
                String first = text.path(0).asText();
                if (text.path(1).isNull()) {
                    Answer.Label answer = (Answer.Label) model.predict(first);
                    List<Double> numbers =
                            new ArrayList<>(answer.probabilities().values());
                    assertThat(answer.probabilities()).containsKey("LABEL_1");
                    for (int i = 0; i < numbers.size(); i++) {
                        assertThat(numbers.get(i))
                                .isCloseTo(probabilities.get(row).get(i).item_double(), within(1e-5));
                    }
                }
                row++;
            }
        }
    }

    private static JsonNode json(Path file) throws IOException {
        return new JsonMapper().readTree(file.toFile());
    }
}
