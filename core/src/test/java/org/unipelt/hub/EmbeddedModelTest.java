package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Weights;

class EmbeddedModelTest {
    @ParameterizedTest
    @CsvSource({"minilm-l6, 6, mean, Apache-2.0, 22565376", "bge-small, 12, first, MIT, 33212160"})
    void holdsExactlyTheTensorsOfABert(String name, int layers, String pooling, String licence, long parameters) {
        try (PretrainedModel pretrained = PretrainedModel.open(name)) {
            Weights weights = pretrained.weights();
            assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(bertNames(layers));
            assertThat(shape(weights, "embeddings.word_embeddings.weight")).containsExactly(30522, 384);
            assertThat(shape(weights, "embeddings.position_embeddings.weight")).containsExactly(512, 384);
            assertThat(shape(weights, "embeddings.token_type_embeddings.weight"))
                    .containsExactly(2, 384);
            // [out, in]: these two would not be square the wrong way round.
            assertThat(shape(weights, "encoder.layer.1.intermediate.dense.weight"))
                    .containsExactly(1536, 384);
            assertThat(shape(weights, "encoder.layer.1.output.dense.weight")).containsExactly(384, 1536);
            assertThat(shape(weights, "encoder.layer.1.attention.self.key.bias"))
                    .containsExactly(384);
            long count = 0;
            for (Tensor tensor : weights.asMap().values()) {
                assertThat(DType.of(tensor)).isEqualTo(DType.F32);
                assertThat(tensor.is_contiguous()).isTrue();
                assertThat(torch.isfinite(tensor).all().item_bool()).isTrue();
                count += tensor.numel();
            }
            assertThat(count).isEqualTo(parameters);

            assertThat(pretrained.name()).isEqualTo(name);
            assertThat(pretrained.pooling().text()).isEqualTo(pooling);
            assertThat(pretrained.licence()).contains(licence);
            assertThat(pretrained
                            .tokenizer()
                            .encode("this is a movie", Optional.empty(), 16)
                            .ids())
                    .containsExactly(101, 2023, 2003, 1037, 3185, 102);
            JsonNode config = pretrained.config();
            assertThat(config.get("num_hidden_layers").asInt()).isEqualTo(layers);
            assertThat(config.get("intermediate_size").asInt()).isEqualTo(1536);
            assertThat(config.get("hidden_size").asInt()).isEqualTo(384);
            assertThat(config.get("layer_norm_eps").asDouble()).isEqualTo(1e-12);
        }
    }

    /**
     * The process's memory moves by a model or so for reasons of its own: the JVM's heap grows, the allocator keeps pages.
     * So the bound is half of what six leaked models of 86 MiB would take.
     */
    @Test
    void opensAgainWithTheSameFingerprintAndFreesItsMemory() {
        long before = 0;
        String fingerprint = "336f404f597d2be35ebe590002d984699692bba507e396008bc071dcbc3440f3";
        for (int i = 0; i < 8; i++) {
            try (PretrainedModel pretrained = PretrainedModel.open("minilm-l6")) {
                assertThat(pretrained.fingerprint()).isEqualTo(fingerprint);
            }
            if (i == 1) {
                before = Pointer.physicalBytes();
            }
        }
        assertThat(Pointer.physicalBytes() - before).as("growth in bytes").isLessThan(258L << 20);
    }

    private static long[] shape(Weights weights, String name) {
        return weights.get(name).shape();
    }

    /** The parameters of Hugging Face's BertModel without its pooler. */
    private static List<String> bertNames(int layers) {
        List<String> names = new ArrayList<>(List.of(
                "embeddings.word_embeddings.weight",
                "embeddings.position_embeddings.weight",
                "embeddings.token_type_embeddings.weight",
                "embeddings.LayerNorm.weight",
                "embeddings.LayerNorm.bias"));
        for (int i = 0; i < layers; i++) {
            for (String module : List.of(
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                    "attention.output.dense",
                    "attention.output.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm")) {
                names.add("encoder.layer." + i + "." + module + ".weight");
                names.add("encoder.layer." + i + "." + module + ".bias");
            }
        }
        return names;
    }
}
