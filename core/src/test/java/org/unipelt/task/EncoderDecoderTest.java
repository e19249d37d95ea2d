package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.generation.Generation;
import org.unipelt.method.Methods;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * BART, mBART and T5 against what transformers computed with the same small random models: {@code
 * tools/encoder_decoder_fixture.py} writes the fixtures.
 */
public class EncoderDecoderTest {
    private static final double TOLERANCE = 1e-5;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bart", "mbart", "t5", "t5-untied"})
    void statesLogitsAndLossAreThoseOfTransformers(String name) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                Fixture fixture = new Fixture(name)) {
            EncoderDecoder backbone = fixture.backbone();
            near(
                    backbone.encode(fixture.source(), new Modifications(), Pass.INFERENCE)
                            .states(),
                    fixture.expected.get("encoder"));
            near(
                    fixture.writer().logits(fixture.source(), fixture.target(), Pass.INFERENCE),
                    fixture.expected.get("logits"));
            Tensor loss = fixture.writer().loss(fixture.source(), fixture.target(), 0, Pass.INFERENCE);
            near(
                    loss.div(fixture.target().attentionMask().sum()),
                    fixture.expected.get("loss").squeeze());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bart", "mbart", "t5", "t5-untied"})
    void whatIsWrittenIsWhatTransformersWrites(String name) throws IOException {
        try (Fixture fixture = new Fixture(name)) {
            JsonNode all = new ObjectMapper()
                    .readTree(fixture.folder.resolve("generated.json").toFile());
            for (JsonNode one : all) {
                JsonNode settings = one.path("settings");
                Generation generation = new Generation(
                        settings.path("max_length").asInt(),
                        settings.path("min_length").asInt(0),
                        settings.path("num_beams").asInt(),
                        settings.path("length_penalty").asDouble(1),
                        settings.path("early_stopping").asBoolean(false),
                        settings.path("no_repeat_ngram_size").asInt(0));
                List<int[]> written;
                try (Generator writer = fixture.writer(settings)) {
                    written = writer.generate(
                            fixture.sources(), generation, writer.backbone().startId());
                }
                for (int i = 0; i < written.size(); i++) {
                    assertThat(written.get(i))
                            .as(settings + ", text " + i)
                            .containsExactly(ints(one.path("texts").get(i)));
                }
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    private static void near(Tensor actual, Tensor expected) {
        assertThat(actual.detach().sub(expected).abs().max().item_float()).isLessThan((float) TOLERANCE);
    }

    /** A small model, its inputs, and what is expected of it. */
    private static final class Fixture implements AutoCloseable {
        private final Path folder;
        private final ObjectNode config;
        private final Weights weights;
        private final Weights expected;
        private final Generator writer;

        Fixture(String name) {
            try (PointerScope scope = new PointerScope()) {
                folder = Path.of(EncoderDecoderTest.class
                        .getResource("/org/unipelt/encoder-decoder/" + name)
                        .toURI());
                config = (ObjectNode) new ObjectMapper()
                        .readTree(folder.resolve("config.json").toFile());
                expected = Safetensors.read(folder.resolve("expected.safetensors"));
                try (Weights read = Safetensors.read(folder.resolve("model.safetensors"))) {
                    Map<String, Tensor> named = new LinkedHashMap<>();
                    read.names().forEach(full -> named.put(full.replaceFirst("^model\\.", ""), read.get(full)));
                    weights = Weights.of(named);
                }
                writer = writer(config, weights);
            } catch (URISyntaxException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        EncoderDecoder backbone() {
            return writer.backbone();
        }

        Generator writer() {
            return writer;
        }

        /** A writer whose checkpoint has these wishes. */
        Generator writer(JsonNode settings) {
            ObjectNode changed = config.deepCopy();
            for (String field : List.of("forced_bos_token_id", "forced_eos_token_id")) {
                if (settings.has(field)) {
                    changed.set(field, settings.path(field));
                }
            }
            return writer(changed, weights);
        }

        private static Generator writer(ObjectNode config, Weights weights) {
            EncoderDecoder backbone = (EncoderDecoder)
                    Families.of(config, "a fixture").backbone(new ModelConfig(config), weights, Compute.cpu());
            return Generator.create(backbone, Methods.parse("head"), 1);
        }

        TokenBatch source() {
            return batch(expected.get("ids"));
        }

        TokenBatch target() {
            return batch(expected.get("labels"));
        }

        private TokenBatch batch(Tensor ids) {
            Tensor real = ids.ne(new Scalar(backbone().paddingId())).to(ScalarType.Bool);
            return new TokenBatch(ids, torch.zeros_like(ids), real);
        }

        List<Encoding> sources() {
            Tensor ids = expected.get("ids");
            List<Encoding> sources = new ArrayList<>();
            for (int row = 0; row < ids.size(0); row++) {
                long[] all = new long[(int) ids.size(1)];
                ids.get(row).contiguous().data_ptr_long().get(all);
                int[] real = java.util.Arrays.stream(all)
                        .filter(id -> id != backbone().paddingId())
                        .mapToInt(Math::toIntExact)
                        .toArray();
                sources.add(new Encoding(real, new int[real.length]));
            }
            return sources;
        }

        @Override
        public void close() {
            writer.close();
            weights.close();
            expected.close();
        }
    }
}
