package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Safetensors;

/** Files of a model that were damaged by chance: each is opened or refused, and never takes the JVM with it. */
class CorruptedModelTest {
    private static final int FILES = 200;
    private static final String CONFIG = """
            {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 2, "hidden_size": 16,
             "num_attention_heads": 2, "intermediate_size": 24, "vocab_size": 6, "max_position_embeddings": 8,
             "type_vocab_size": 2}
            """;

    @TempDir
    Path folder;

    @Test
    void aDamagedFileIsOpenedOrRefused() throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG);
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
        Path weights = folder.resolve(Safetensors.SINGLE_FILE);
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bert.weightShapes(
                            new Bert.Config(
                                    new Anatomy(16, Stack.plain(Part.ENCODER, 2, 16, 2, 24)), 6, 8, 2, 1e-12, 0),
                            true)
                    .forEach((name, shape) -> tensors.put(
                            name,
                            Tensor.create(
                                    new float
                                            [Math.toIntExact(
                                                    Arrays.stream(shape).reduce(1, (a, b) -> a * b))],
                                    shape)));
            Safetensors.write(weights, tensors, Map.of());
        }
        byte[] whole = Files.readAllBytes(weights);
        Random random = new Random(20260101);
        int opened = 0;
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            Files.write(weights, damaged(whole, random, i));
            try (BaseModel model = BaseModel.open(folder.toString())) {
                assertThat(model.fingerprint()).hasSize(64);
                opened++;
            } catch (InputException e) {
                assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
                refused++;
            }
        }
        assertThat(opened).as("opened").isGreaterThan(FILES / 20);
        assertThat(refused).as("refused").isGreaterThan(FILES / 4);
    }

    /** In turn: a part of the file, bytes of the header changed, bytes anywhere changed, one bit of the length. */
    private static byte[] damaged(byte[] whole, Random random, int kind) {
        byte[] bytes = whole.clone();
        int header = 8 + Byte.toUnsignedInt(whole[0]) + 256 * Byte.toUnsignedInt(whole[1]);
        switch (kind % 4) {
            case 0 -> bytes = Arrays.copyOf(whole, random.nextInt(whole.length));
            case 1 -> change(bytes, header, random);
            case 2 -> change(bytes, whole.length, random);
            default -> bytes[random.nextInt(8)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private static void change(byte[] bytes, int end, Random random) {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            bytes[random.nextInt(end)] = (byte) random.nextInt(256);
        }
    }
}
