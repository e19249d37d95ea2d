package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.runtime.Engine;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.TokenBatch;

/**
 * Folders as {@code save_pretrained} leaves them, of every architecture, against what transformers computes with the same
 * models: {@code tools/checkpoint_fixture.py} writes them. One of the texts is as long as the model has positions.
 */
class CheckpointParityTest {
    private static final double TOLERANCE = 1e-5;
    private static final String SHARED = "model.shared.weight";

    @TempDir
    private Path copy;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @ParameterizedTest
    @CsvSource({
        "bert-classifier, 15, LINEAR, POOLER",
        "bert-bare, 15, LINEAR, FIRST",
        "bert-relative-key, 15, LINEAR, FIRST",
        "bert-relative-key-query, 15, LINEAR, FIRST",
        "roberta-classifier, 16, DENSE, FIRST",
        "roberta-bare, 16, DENSE, FIRST",
        "xlm-roberta-classifier, 16, DENSE, FIRST",
        "camembert-bare, 16, DENSE, FIRST",
        "mpnet-classifier, 16, DENSE, FIRST",
        "mpnet-bare, 16, DENSE, FIRST",
        "albert-classifier, 15, LINEAR, POOLER",
        "albert-pretrained, 15, LINEAR, POOLER",
        "albert-bare, 15, LINEAR, FIRST",
        "deberta-v3-classifier, 15, DENSE, FIRST",
        "deberta-v2-content, 15, DENSE, FIRST",
        "deberta-v2-position, 15, DENSE, FIRST",
        "deberta-v2-absolute, 15, DENSE, FIRST",
        "distilbert-classifier, 15, DENSE, FIRST",
        "distilbert-bare, 15, DENSE, FIRST",
        "electra-discriminator, 15, DENSE, FIRST",
        "electra-bare, 15, DENSE, FIRST",
        "modernbert-classifier, 15, DENSE, MEAN",
        "modernbert-bare, 15, DENSE, FIRST",
        "nomic-bert-classifier, 15, LINEAR, POOLER",
        "nomic-bert-bare, 15, LINEAR, FIRST",
        "gte-classifier, 15, LINEAR, POOLER",
        "gte-bare, 15, LINEAR, FIRST",
        "bart-writer, 16, DENSE, END",
        "bart-classifier, 16, DENSE, END",
        "bart-bare, 16, DENSE, END",
        "bart-unequal, 16, DENSE, END",
        "mbart-writer, 14, DENSE, END",
        "pegasus-writer, 14, DENSE, END",
        "pegasus-bare, 14, DENSE, END",
        "t5-writer, 14, DENSE, END",
        "t5-untied, 14, DENSE, END",
        "t5-classifier, 14, DENSE, END",
        "mt5-writer, 14, DENSE, END"
    })
    void statesAreThoseOfTransformers(String name, int longest, Head head, Pooling pooling) {
        statesAreThoseOfTransformers(name, longest, head, pooling, Compute.cpu());
        // The maps packed.
        statesAreThoseOfTransformers(name, longest, head, pooling, Compute.cpu().predicting());
    }

    private static void statesAreThoseOfTransformers(
            String name, int longest, Head head, Pooling pooling, Compute compute) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel model = BaseModel.open(folder(name).toString(), compute);
                Weights expected = expected(name)) {
            Backbone backbone = model.backbone();
            assertThat(backbone.positions()).isEqualTo(name.contains("t5-") ? Integer.MAX_VALUE : longest);
            assertThat(model.head()).isEqualTo(head);
            assertThat(model.pooling()).isEqualTo(pooling);

            TokenBatch batch = TokenBatch.of(encodings(model), backbone.paddingId());
            assertThat(batch.ids().equal(expected.get("ids"))).as("ids").isTrue();
            assertThat(batch.length()).as("every position is used").isEqualTo(longest);

            Modifications none = new Modifications();
            Tensor hidden = backbone.forward(batch, none, Pass.INFERENCE);
            // In DeBERTa padding attends to padding there, and to the text here; in ModernBERT it has zeros there where
            // no token is in a local layer's window. Nobody reads these states.
            Tensor read = name.matches("(deberta|modernbert).*")
                    ? batch.attentionMask().unsqueeze(2)
                    : torch.ones(1);
            near(name + " hidden", hidden.mul(read), expected.get("hidden").mul(read));
            if (expected.has("pooled")) {
                near(name + " pooled", backbone.pool(hidden, batch, Pooling.POOLER, none), expected.get("pooled"));
            }
            if (backbone instanceof EncoderDecoder both) {
                near(name + " encoder", both.encode(batch, none, Pass.INFERENCE).states(), expected.get("encoder"));
                if (expected.has("words")) {
                    near(name + " words", both.vocabularyLogits(hidden, none).narrow(0, 0, 1), expected.get("words"));
                }
            }
        }
    }

    /** So far that relative positions reach their last bucket, and local layers see a fifth of the text. */
    @ParameterizedTest
    @ValueSource(strings = {"mpnet-long", "deberta-v3-long", "modernbert-long", "t5-long"})
    void manyTokens(String name) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel model = BaseModel.open(folder(name).toString());
                Weights expected = expected(name)) {
            Tensor ids = expected.get("ids");
            assertThat(ids.size(1)).isGreaterThanOrEqualTo(500);
            TokenBatch batch = new TokenBatch(
                    ids, torch.zeros_like(ids), torch.ones_like(ids).to(ScalarType.Bool));
            Tensor hidden = model.backbone().forward(batch, new Modifications(), Pass.INFERENCE);
            near(name + " hidden", everyTwentyFifth(hidden), expected.get("hidden"));
            if (model.backbone() instanceof EncoderDecoder both) {
                Tensor memory =
                        both.encode(batch, new Modifications(), Pass.INFERENCE).states();
                near(name + " encoder", everyTwentyFifth(memory), expected.get("encoder"));
            }
        }
    }

    private static Tensor everyTwentyFifth(Tensor hidden) {
        return hidden.slice(1, new LongOptional(0), new LongOptional(hidden.size(1)), 25);
    }

    /** The heads of these are of the same form as the library's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-classifier",
                "roberta-classifier",
                "xlm-roberta-classifier",
                "mpnet-classifier",
                "albert-classifier",
                "nomic-bert-classifier",
                "gte-classifier",
                "bart-classifier",
                "t5-classifier"
            })
    void aFilesOwnHeadGivesItsOwnLogits(String name) {
        try (PointerScope scope = new PointerScope();
                BaseModel model = BaseModel.open(folder(name).toString());
                Weights file = WeightFolder.read(folder(name));
                Weights expected = expected(name)) {
            OwnHead own = model.ownHead().orElseThrow();
            assertThat(own.form()).isEqualTo(model.head());
            assertThat(own.pooling()).isEqualTo(model.pooling());
            Map<String, Tensor> head = new LinkedHashMap<>();
            for (String part : List.of(".weight", ".bias")) {
                own.dense().ifPresent(dense -> head.put("head.dense" + part, file.get(dense + part)));
                head.put("head" + part, file.get(own.out() + part));
            }
            HeadInput reading = new HeadInput(model.pooling(), model.head(), OptionalInt.empty());
            try (SequenceClassifier network =
                    new SequenceClassifier(model.backbone(), Methods.parse("head"), reading, Weights.of(head))) {
                float[][] logits = network.predict(encodings(model), SequenceClassifier.BatchObserver.NONE);
                for (int row = 0; row < logits.length; row++) {
                    near(
                            name + " logits",
                            Tensor.create(logits[row]),
                            expected.get("logits").get(row));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-bare",
                "roberta-bare",
                "mpnet-bare",
                "albert-bare",
                "deberta-v2-absolute",
                "deberta-v3-classifier",
                "distilbert-bare",
                "electra-bare",
                "modernbert-bare",
                "nomic-bert-bare",
                "bart-bare",
                "mbart-writer",
                "pegasus-writer"
            })
    void whatIsLongerThanThePositionsIsRefused(String name) {
        try (PointerScope scope = new PointerScope();
                BaseModel model = BaseModel.open(folder(name).toString())) {
            Backbone backbone = model.backbone();
            int[] ids = new int[backbone.positions() + 1];
            Arrays.fill(ids, 5);
            TokenBatch batch = TokenBatch.of(List.of(new Encoding(ids, new int[ids.length])), backbone.paddingId());
            assertThatThrownBy(() -> backbone.forward(batch, new Modifications(), Pass.INFERENCE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(backbone.positions() + " positions");
        }
    }

    /** Today's transformers writes them to generation_config.json only, and so does not find them in config.json. */
    @ParameterizedTest
    @CsvSource({
        "bart-writer, 2, , ",
        "bart-classifier, 2, , 2",
        "mbart-writer, 22, 23, 2",
        "pegasus-writer, 0, , 1",
        "t5-writer, 0, , "
    })
    void forcedTokensAreThoseOfTheGenerationConfig(String name, int start, Integer first, Integer last) {
        try (BaseModel model = BaseModel.open(folder(name).toString())) {
            EncoderDecoder backbone = (EncoderDecoder) model.backbone();
            assertThat(backbone.startId()).isEqualTo(start);
            assertThat(backbone.forcedFirstId()).isEqualTo(first == null ? OptionalInt.empty() : OptionalInt.of(first));
            assertThat(backbone.forcedLastId()).isEqualTo(last == null ? OptionalInt.empty() : OptionalInt.of(last));
        }
    }

    /** One model in the layouts that files of different years and classes have: one fingerprint. */
    @Test
    void theLayoutOfTheFileDoesNotMatter() throws IOException {
        UnaryOperator<String> bare = name ->
                name.replaceFirst("^(model|albert|bert|deberta|distilbert|electra|mpnet|roberta|transformer)\\.", "");
        same("bert-classifier", tensors -> {
            Map<String, Tensor> old =
                    renamed(tensors, name -> name.replaceFirst("LayerNorm\\.weight$", "LayerNorm.gamma")
                            .replaceFirst("LayerNorm\\.bias$", "LayerNorm.beta"));
            old.put("bert.embeddings.position_ids", torch.ones(1, 15));
            old.put("cls.predictions.bias", torch.ones(24));
            old.put("cls.seq_relationship.weight", torch.ones(2, 8));
            return old;
        });
        same("bert-classifier", tensors -> renamed(tensors, bare));
        same("roberta-classifier", tensors -> renamed(tensors, bare));
        same("distilbert-bare", tensors -> renamed(tensors, name -> "distilbert." + name));
        same("electra-bare", tensors -> {
            Map<String, Tensor> discriminator = renamed(tensors, name -> "electra." + name);
            discriminator.put("electra.embeddings.position_ids", torch.ones(1, 15));
            discriminator.put("discriminator_predictions.dense.weight", torch.ones(8, 8));
            discriminator.put("generator_lm_head.bias", torch.ones(24));
            discriminator.put("generator_predictions.LayerNorm.bias", torch.ones(8));
            return discriminator;
        });
        same("mpnet-classifier", tensors -> renamed(tensors, bare));
        same("albert-classifier", tensors -> renamed(tensors, bare));
        same("modernbert-classifier", tensors -> renamed(tensors, bare));
        same("modernbert-bare", tensors -> {
            Map<String, Tensor> language = renamed(tensors, name -> "model." + name);
            language.put("head.dense.weight", torch.ones(8, 8));
            language.put("decoder.bias", torch.ones(24));
            return language;
        });
        same("albert-bare", tensors -> renamed(tensors, name -> "albert." + name));
        same("bert-classifier", tensors -> {
            Map<String, Tensor> asked = renamed(tensors, bare);
            asked.put("qa_outputs.weight", torch.ones(2, 8));
            asked.put("regressor.bias", torch.ones(1));
            return asked;
        });
        same("deberta-v3-classifier", tensors -> {
            Map<String, Tensor> published = renamed(tensors, name -> name);
            published.put("deberta.embeddings.word_embeddings._weight", torch.ones(24, 8));
            published.put("deberta.embeddings.position_embeddings._weight", torch.ones(15, 8));
            published.put("mask_predictions.dense.bias", torch.ones(8));
            published.put("lm_predictions.lm_head.dense.bias", torch.ones(8));
            return published;
        });
        same("deberta-v3-classifier", tensors -> {
            Map<String, Tensor> published = renamed(tensors, bare);
            published.put("mask_predictions.dense.bias", torch.ones(8));
            published.put("lm_predictions.lm_head.dense.bias", torch.ones(8));
            return published;
        });
        same("bart-writer", tensors -> renamed(tensors, bare));
        same("bart-bare", tensors -> {
            Map<String, Tensor> first = renamed(tensors, name -> name);
            first.put("encoder.version", torch.ones(1));
            first.put("decoder.version", torch.ones(1));
            return first;
        });
        for (String use : List.of("encoder", "decoder")) {
            same(
                    "bart-writer",
                    tensors -> renamed(
                            tensors, name -> name.equals(SHARED) ? "model." + use + ".embed_tokens.weight" : name));
        }
        same("t5-classifier", tensors -> renamed(tensors, bare));
        same("t5-writer", tensors -> {
            Map<String, Tensor> first = renamed(tensors, name -> name);
            first.put("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight", torch.ones(32, 2));
            for (String use : List.of("encoder.embed_tokens", "decoder.embed_tokens", "lm_head")) {
                first.put(use + ".weight", first.get("shared.weight").clone());
            }
            return first;
        });
        for (String use : List.of("encoder.embed_tokens", "lm_head")) {
            same(
                    "t5-writer",
                    tensors -> renamed(tensors, name -> name.equals("shared.weight") ? use + ".weight" : name));
        }
        same("mbart-writer", tensors -> {
            Map<String, Tensor> all = renamed(tensors, name -> name);
            for (String use : List.of("model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head")) {
                all.put(use + ".weight", all.get(SHARED));
            }
            return all;
        });
    }

    /** As some published DeBERTas have one: their config adds no position to the embeddings. */
    @Test
    void aTableOfPositionsMayBeOfNoUse() throws IOException {
        copied("deberta-v3-classifier", tensors -> {
            Map<String, Tensor> published = renamed(tensors, name -> name);
            published.put("deberta.embeddings.position_embeddings.weight", torch.ones(15, 8));
            return published;
        });
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel model = BaseModel.open(folder("deberta-v3-classifier").toString());
                BaseModel published = BaseModel.open(copy.toString())) {
            TokenBatch batch = TokenBatch.of(encodings(model), model.backbone().paddingId());
            near(
                    "hidden",
                    published.backbone().forward(batch, new Modifications(), Pass.INFERENCE),
                    model.backbone().forward(batch, new Modifications(), Pass.INFERENCE));
        }
    }

    @Test
    void twoTablesOfWordsAreRefused() throws IOException {
        copied("bart-writer", tensors -> {
            Map<String, Tensor> two = renamed(tensors, name -> name);
            two.put("model.decoder.embed_tokens.weight", torch.zeros_like(two.get(SHARED)));
            return two;
        });
        assertThatThrownBy(() -> BaseModel.open(copy.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("two different word embeddings");
    }

    private void same(String name, UnaryOperator<Map<String, Tensor>> change) throws IOException {
        copied(name, change);
        try (BaseModel model = BaseModel.open(folder(name).toString());
                BaseModel changed = BaseModel.open(copy.toString())) {
            assertThat(changed.fingerprint()).as(name).isEqualTo(model.fingerprint());
        }
    }

    /** The folder with its tensors changed, in one file. */
    private void copied(String name, UnaryOperator<Map<String, Tensor>> change) throws IOException {
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.write(copy.resolve(file), Files.readAllBytes(folder(name).resolve(file)));
        }
        try (PointerScope scope = new PointerScope();
                Weights weights = WeightFolder.read(folder(name))) {
            Safetensors.write(copy.resolve("model.safetensors"), change.apply(weights.asMap()), Map.of());
        }
    }

    private static Map<String, Tensor> renamed(Map<String, Tensor> tensors, UnaryOperator<String> name) {
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        tensors.forEach((old, tensor) -> renamed.put(name.apply(old), tensor));
        return renamed;
    }

    private static List<Encoding> encodings(BaseModel model) {
        try {
            JsonNode texts = new ObjectMapper().readTree(folder("texts.json").toFile());
            List<Encoding> encodings = new ArrayList<>();
            for (JsonNode text : texts) {
                Segments segments = text.path(1).isNull()
                        ? Segments.of(text.path(0).asText())
                        : Segments.of(text.path(0).asText(), text.path(1).asText());
                encodings.addAll(model.tokenizer().encodeAll(List.of(segments), 100));
            }
            return encodings;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Weights expected(String name) {
        return Safetensors.read(folder(name).resolve("expected.safetensors"));
    }

    private static Path folder(String name) {
        try {
            return Path.of(CheckpointParityTest.class
                    .getResource("/org/unipelt/checkpoints/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void near(String what, Tensor actual, Tensor expected) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        assertThat(actual.detach().sub(expected).abs().max().item_float())
                .as(what)
                .isLessThan((float) TOLERANCE);
    }
}
