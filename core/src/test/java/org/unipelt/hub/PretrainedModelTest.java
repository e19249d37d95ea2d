package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

class PretrainedModelTest {
    private static final String CONFIG = """
            {"model_type": "%s", "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1,
             "intermediate_size": 2, "vocab_size": 6, "max_position_embeddings": 8}
            """;
    private static final String BART = """
            {"model_type": "bart", "d_model": 2, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 1,
             "decoder_attention_heads": 1, "encoder_ffn_dim": 2, "decoder_ffn_dim": 2, "vocab_size": 6,
             "max_position_embeddings": 8}
            """;
    private static final String EMBEDDINGS = "embeddings.word_embeddings.weight";

    @TempDir
    Path folder;

    @BeforeEach
    void aModel() throws IOException {
        Engine.start();
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted("bert"));
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n");
        weights(DType.F32, "embeddings.LayerNorm.weight");
    }

    @Test
    void opensAFolder() {
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            assertThat(pretrained.name()).isEqualTo(folder.toString());
            assertThat(pretrained.config().get("hidden_size").asInt()).isEqualTo(2);
            assertThat(pretrained.tokenizer().vocabularySize()).isEqualTo(5);
            assertThat(pretrained.pooling().text()).isEqualTo("first");
            assertThat(pretrained.licence()).isEmpty();
            assertThat(pretrained.fingerprint()).matches("[0-9a-f]{64}");
        }
    }

    @Test
    void tidiesTheNamesOfAFileWithAHead() {
        weights(
                DType.F16,
                "bert.embeddings.LayerNorm.gamma",
                "bert.embeddings.LayerNorm.beta",
                "bert.embeddings.position_ids",
                "bert.pooler.dense.weight",
                "bert." + EMBEDDINGS,
                "cls.predictions.bias");
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            assertThat(pretrained.weights().names())
                    .containsExactlyInAnyOrder(
                            "embeddings.LayerNorm.weight",
                            "embeddings.LayerNorm.bias",
                            "pooler.dense.weight",
                            EMBEDDINGS);
            assertThat(DType.of(pretrained.weights().get(EMBEDDINGS)))
                    .as("as in the file")
                    .isEqualTo(DType.F16);
            assertThat(pretrained.weights().get(EMBEDDINGS).referenceCount())
                    .as("one owner")
                    .isEqualTo(1);
            assertThat(pretrained.pooling().text()).isEqualTo("pooler");
        }
    }

    @ParameterizedTest
    @CsvSource({"roberta.", "''"})
    void aRobertaLosesItsPrefixAndItsHeads(String prefix) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted("roberta"));
        weights(
                DType.F32,
                prefix + "embeddings.LayerNorm.weight",
                prefix + "embeddings.LayerNorm.bias",
                "lm_head.dense.weight",
                "classifier.out_proj.weight");
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            assertThat(pretrained.weights().names())
                    .containsExactlyInAnyOrder("embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias", EMBEDDINGS);
        }
    }

    @Test
    void theFingerprintIsOfTheValuesNotOfTheFile() {
        String plain = fingerprint();
        weights(DType.F32, "bert." + EMBEDDINGS, "bert.embeddings.LayerNorm.gamma", "classifier.weight");
        assertThat(fingerprint()).isEqualTo(plain);
        weights(DType.F32, "embeddings.LayerNorm.bias");
        assertThat(fingerprint()).isNotEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"pooling_mode_mean_tokens\":true} | mean",
                "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false} | first",
                "{\"pooling_mode\":\"mean\"} | mean",
                "{\"pooling_mode\":[\"cls\"]} | first",
                "{\"word_embedding_dimension\":2} | mean",
                "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":true} | pooling by cls and mean is not supported",
                "{\"pooling_mode\":\"max\"} | pooling by max is not supported",
                "{\"pooling_mode_max_tokens\":true} | pooling_mode_max_tokens is true; only false is supported",
                "{\"pooling_mode_mean_sqrt_len_tokens\":true} | pooling_mode_mean_sqrt_len_tokens is true",
                "{\"pooling_mode_weightedmean_tokens\":true} | pooling_mode_weightedmean_tokens is true",
                "{\"pooling_mode_lasttoken\":true} | pooling_mode_lasttoken is true",
                "{\"pooling_mode_mean_tokens\":1} | pooling_mode_mean_tokens is 1; it must be true, false or null",
                "[] | is not a JSON object",
            })
    void sentenceTransformersSayHowTheyPoolWhetherThereIsAPoolerOrNot(String json, String pooling) throws IOException {
        write("1_Pooling/config.json", json);
        for (String more : List.of("embeddings.LayerNorm.bias", "pooler.dense.weight")) {
            weights(DType.F32, "embeddings.LayerNorm.weight", more);
            pools(pooling);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "models.Transformer  ; models.Pooling 1_Pooling ; models.Normalize 2_Normalize | mean",
                "modules.Transformer ; base.modules.Pooling pool ; modules.Dropout 2 | first",
                "models.Transformer | pooler",
                "models.Transformer ; models.Pooling 1_Pooling ; models.Dense 2_Dense | type is \"a.models.Dense\"; only Transformer",
                "models.Transformer ; models.Pooling 7_Pooling | names 7_Pooling, but there is no",
                "models.Transformer ; models.Pooling ../1_Pooling | names ../1_Pooling, but there is no",
                "models.Transformer 0_Transformer ; models.Pooling 1_Pooling | the model is in 0_Transformer",
            })
    void modulesSayWherePoolingIs(String modules, String pooling) throws IOException {
        weights(DType.F32, "embeddings.LayerNorm.weight", "pooler.dense.weight");
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}");
        write("pool/config.json", "{\"pooling_mode_cls_token\":true}");
        List<String> list = new ArrayList<>();
        for (String module : modules.split(";")) {
            String[] parts = module.strip().split(" +");
            list.add("{\"type\":\"a." + parts[0] + "\",\"path\":\"" + (parts.length > 1 ? parts[1] : "") + "\"}");
        }
        write("modules.json", list.toString());
        pools(pooling);
    }

    /** That it pools so; or opens all the same, for those who say themselves how to pool, and then says what is wrong. */
    private void pools(String pooling) {
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            if (List.of("mean", "first", "pooler").contains(pooling)) {
                assertThat(pretrained.pooling().text()).isEqualTo(pooling);
            } else {
                assertThatThrownBy(pretrained::pooling)
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining(pooling)
                        .hasMessageNotContaining("\n");
            }
        }
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(folder.resolve(file).getParent());
        Files.writeString(folder.resolve(file), text);
    }

    @ParameterizedTest
    @CsvSource({
        "model.shared.weight, ''",
        "lm_head.weight, ''",
        "model.encoder.embed_tokens.weight, ''",
        "model.decoder.embed_tokens.weight, lm_head.weight",
        "model.shared.weight, lm_head.weight",
    })
    void bartsTableOfWordsIsTakenFromWhereverItIs(String name, String other) throws IOException {
        bart(name, other, torch.ones(6, 2));
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            assertThat(pretrained.weights().names())
                    .containsExactlyInAnyOrder("shared.weight", "encoder.layernorm_embedding.weight");
        }
    }

    @Test
    void aModelSavedInPyTorchsWrapperIsUnwrapped() throws IOException {
        Path weights = folder.resolve("model.safetensors");
        try (Weights read = Safetensors.read(weights)) {
            Map<String, Tensor> wrapped = new LinkedHashMap<>();
            read.asMap().forEach((name, tensor) -> wrapped.put("module." + name, tensor));
            String before = fingerprint();
            Safetensors.write(weights, wrapped, Map.of());
            assertThat(fingerprint()).isEqualTo(before);
        }
    }

    @Test
    void anOutputThatIsNotBartsTableOfWordsIsRefused() throws IOException {
        bart("model.shared.weight", "lm_head.weight", torch.zeros(6, 2));
        refused(folder.toString(), "two different word embeddings, shared.weight and lm_head.weight");
    }

    private void bart(String name, String other, Tensor values) throws IOException {
        Files.writeString(folder.resolve("config.json"), BART);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(name, torch.ones(6, 2));
        tensors.put("model.encoder.layernorm_embedding.weight", torch.ones(2));
        tensors.put("classification_head.dense.weight", torch.ones(2));
        if (!other.isEmpty()) {
            tensors.put(other, values);
        }
        Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "config.json, no config.json in",
        "vocab.txt, no tokenizer.json",
        "model.safetensors, no model.safetensors"
    })
    void aMissingFileIsNamed(String file, String reason) throws IOException {
        Files.delete(folder.resolve(file));
        refused(folder.toString(), reason);
        refused(folder.toString(), folder.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{ | not valid JSON", "[] | not a JSON object", "'' | it is empty"})
    void aDamagedConfigIsNamed(String json, String reason) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        refused(folder.toString(), reason);
    }

    @Test
    void tooLargeAVocabularyIsRefused() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc\n");
        refused(folder.toString(), "wrong vocabulary size");
        refused(folder.toString(), "7 tokens, but " + EMBEDDINGS + " only 6 rows");
    }

    @Test
    void oneTensorUnderTwoNamesIsRefused() {
        weights(DType.F32, "embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma");
        refused(folder.toString(), "embeddings.LayerNorm.weight twice");
    }

    @Test
    void unknownModelsAreRefusedWithAHint() throws IOException {
        refused("minilm-16", "did you mean 'minilm-l6'?");
        refused("bert-base-uncased", "no model 'bert-base-uncased' in the cache ");
        refused("no/such/folder", "give the folder of a model, its name on the hub, or one of minilm-l6, bge-small");
        refused("", "no model ''");
        refused("a\0b", "no model");
        refused(folder.resolve("config.json").toString(), "is a file");
    }

    @ParameterizedTest
    @CsvSource({
        "sentence-transformers/all-MiniLM-L6-v2, 'or take ''minilm-l6'', which is sentence-transformers/all-MiniLM-L6-v2'",
        "all-MiniLM-L6-v2,                       it comes with the library as 'minilm-l6'",
        "BAAI/bge-small-en-v1.5,                 or take 'bge-small'",
        "baai/BGE-small-en-v1.5,                 or take 'bge-small'",
        "sentence-transformer/all-MiniLM-L6-v2,  or take 'minilm-l6'",
        "all-MinLM-L6-v2,                        did you mean 'minilm-l6'",
        "BAAI/bge-smal-en-v1.5,                  or take 'bge-small'",
        "bge-smll,                               did you mean 'bge-small'?"
    })
    void anEmbeddedModelIsFoundByItsAuthorsName(String name, String said) {
        refused(name, said);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sentence-transformers/all-MiniLM-L12-v2",
                "BAAI/bge-base-en-v1.5",
                "google-bert/bert-base-uncased"
            })
    void anotherModelIsNotTakenForOne(String name) {
        assertThatThrownBy(() -> PretrainedModel.open(name))
                .hasMessageContaining("no model '" + name + "' in the cache ")
                .hasMessageNotContaining("take '");
    }

    @ParameterizedTest
    @ValueSource(strings = {"./bert", "/models/bert", "models/a/bert", "bert; rm -r x", "-x"})
    void whatCannotBeANameOfTheHubIsNotAskedFor(String name) {
        assertThatThrownBy(() -> PretrainedModel.open(name)).hasMessageContaining("give the folder of a model");
    }

    @Test
    void anExcludedJarIsNamedWithItsArtifact() throws Exception {
        List<URL> classPath = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("langchain4j-embeddings-bge")) {
                classPath.add(Path.of(entry).toUri().toURL());
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Method open = loader.loadClass(PretrainedModel.class.getName()).getMethod("open", String.class);
            assertThatThrownBy(() -> open.invoke(null, "bge-small"))
                    .cause()
                    .hasMessageContaining("add the Maven dependency org.unipelt:unipelt-model-bge-small");
        }
    }

    private String fingerprint() {
        try (PretrainedModel pretrained = PretrainedModel.open(folder.toString())) {
            return pretrained.fingerprint();
        }
    }

    private static void refused(String model, String reason) {
        assertThatThrownBy(() -> PretrainedModel.open(model))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    /** A weights file with 6 x 2 word embeddings, under the name with the others' prefix or none, and ones. */
    private void weights(DType dtype, String... names) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            String prefix = names[0].replaceFirst("(bert\\.|roberta\\.|).*", "$1");
            tensors.put(prefix + EMBEDDINGS, torch.ones(6, 2).to(dtype.scalarType()));
            for (String name : names) {
                tensors.putIfAbsent(name, torch.ones(2).to(dtype.scalarType()));
            }
            Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
        }
    }
}
