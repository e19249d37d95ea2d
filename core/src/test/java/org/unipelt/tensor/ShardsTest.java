package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;

class ShardsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void twoShards() throws IOException {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Safetensors.write(
                    folder.resolve("one.safetensors"),
                    Map.of("a", Tensor.create(1f), "b", Tensor.create(2f)),
                    Map.of());
            Safetensors.write(folder.resolve("two.safetensors"), Map.of("c", Tensor.create(3f)), Map.of());
        }
        index("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\",\"c\":\"two.safetensors\"}}");
    }

    @Test
    void readsAllShardsAsOne() {
        try (Weights weights = WeightFolder.read(folder)) {
            assertThat(weights.names()).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(weights.get("c").item_float()).isEqualTo(3f);
            assertThat(weights.get("a").referenceCount()).as("one owner").isEqualTo(1);
        }
    }

    @Test
    void aSingleFileComesFirst() throws IOException {
        Files.copy(folder.resolve("two.safetensors"), folder.resolve(Safetensors.SINGLE_FILE));
        try (Weights weights = WeightFolder.read(folder)) {
            assertThat(weights.names()).containsExactly("c");
        }
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        Files.delete(folder.resolve("two.safetensors"));
        assertRefused("two.safetensors", "download it too");
    }

    @Test
    void aTensorMissingFromItsShardIsNamed() throws IOException {
        index("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\",\"c\":\"two.safetensors\","
                + "\"d\":\"two.safetensors\"}}");
        assertRefused("two.safetensors", "'d' is missing");
    }

    @Test
    void aTensorInTheWrongShardIsNamed() throws IOException {
        index("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\",\"c\":\"two.safetensors\"}}");
        assertRefused("one.safetensors", "'b'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | not valid JSON",
                "[] | no weight_map",
                "{\"weight_map\":{}} | no weight_map",
                "{\"weight_map\":{\"a\":1}} | not a .safetensors file of this folder",
                "{\"weight_map\":{\"a\":\"../one.safetensors\"}} | not a .safetensors file of this folder",
                "{\"weight_map\":{\"a\":\"/etc/passwd\"}} | not a .safetensors file of this folder",
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}} | the key 'a' appears twice"
            })
    void aDamagedIndexIsRefused(String json, String reason) throws IOException {
        index(json);
        assertRefused(Safetensors.INDEX_FILE, reason);
    }

    @Test
    void filesOfPyTorchAreReadOnlyWithoutSafetensors() throws IOException {
        Path fixtures = Path.of("src/test/resources/org/unipelt/tensor/torch");
        Files.copy(fixtures.resolve("zip.bin"), folder.resolve(TorchFile.SINGLE_FILE));
        assertThat(WeightFolder.file(folder)).hasFileName(Safetensors.INDEX_FILE);
        Files.delete(folder.resolve(Safetensors.INDEX_FILE));
        assertThat(WeightFolder.file(folder)).hasFileName(TorchFile.SINGLE_FILE);
        try (Weights weights = WeightFolder.read(folder)) {
            assertThat(weights.has("transposed")).isTrue();
        }
        Files.delete(folder.resolve(TorchFile.SINGLE_FILE));
        assertRefused("no model.safetensors", folder.toString());
        Files.copy(fixtures.resolve("module.bin"), folder.resolve("one.bin"));
        Files.writeString(
                folder.resolve(TorchFile.INDEX_FILE),
                "{\"weight_map\":{\"0.weight\":\"one.bin\",\"0.bias\":\"one.bin\",\"1.weight\":\"one.bin\","
                        + "\"1.bias\":\"one.bin\"}}");
        try (Weights weights = WeightFolder.read(folder)) {
            assertThat(weights.names()).containsExactly("0.weight", "0.bias", "1.weight", "1.bias");
        }
    }

    private void index(String json) throws IOException {
        Files.writeString(folder.resolve(Safetensors.INDEX_FILE), json);
    }

    private void assertRefused(String what, String more) {
        assertThatThrownBy(() -> WeightFolder.read(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(what)
                .hasMessageContaining(more)
                .hasMessageNotContaining("\n");
    }
}
