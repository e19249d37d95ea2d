package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

/** Files of a model as people have them when a download went wrong, or when they are those of another model. */
class WrongFileTest {
    private static final String POINTER = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
            size 90868376
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void copy() throws IOException, URISyntaxException {
        Path from = Path.of(WrongFileTest.class
                .getResource("/org/unipelt/checkpoints/bert-classifier")
                .toURI());
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(from.resolve(file), folder.resolve(file));
        }
    }

    private void refused(String file, String... reasons) {
        assertThatThrownBy(() -> BaseModel.open(folder.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(folder.resolve(file).toString())
                .hasMessageContainingAll(reasons)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors"})
    void theCommonestDamagesAreKnownBySight(String file) throws IOException {
        Path path = folder.resolve(file);
        byte[] whole = Files.readAllBytes(path);
        Files.writeString(path, POINTER);
        refused(file, "is a git-lfs pointer, not the file itself; run 'git lfs pull'");
        Files.writeString(path, "\n<!doctype html>\n<html><body>Sign in</body></html>");
        refused(file, "is a web page, not the file; download the file itself");
        Files.write(path, new byte[5000]);
        refused(file, "starts with zeros only, like a broken download; download it again");
        Files.write(path, new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc, (byte) 0x9c, 'F'});
        refused(file, "is a file from torch.save", "weights of that kind are in pytorch_model.bin");
        Files.write(
                path, new byte[] {'P', 'K', 3, 4, 0, 0, 8, 8, 0, 0, 'a', '/', 'd', 'a', 't', 'a', '.', 'p', 'k', 'l'});
        refused(file, "is a zip file; unpack it, or, if it is from torch.save, call it pytorch_model.bin");
        Files.write(path, new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
        refused(file, "is compressed by gzip; unpack it");
        Files.write(path, Arrays.copyOf(whole, whole.length - 7));
        refused(file, file.endsWith("json") ? "it ends too early in line" : "it is truncated; download or save");
    }

    @Test
    void aTextInTheWeightsPlaceIsShown() throws IOException {
        Files.writeString(folder.resolve("model.safetensors"), "Repository not found");
        refused("model.safetensors", "is text, not weights; it starts with 'Repository not found'");
    }

    @ParameterizedTest
    @CsvSource({"config.json, 17, 16", "tokenizer.json, 257, 256"})
    void aFileWithoutEndIsNotRead(String file, int mebibytes, int limit) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve(file).toFile(), "rw")) {
            sparse.setLength((long) mebibytes << 20);
        }
        refused(file, "is longer than " + limit + " MiB", "set unipelt.limit.file higher");
    }

    @Test
    void aByteOrderMarkIsNoDamage() throws IOException {
        Path config = folder.resolve("config.json");
        Files.writeString(config, "\ufeff" + Files.readString(config));
        BaseModel.open(folder.toString()).close();
    }

    @Test
    void aKeyThatStandsTwiceIsNamed() throws IOException {
        Path config = folder.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replaceFirst("\\{", "{\"vocab_size\": 3,"), StandardCharsets.UTF_8);
        refused("config.json", "the key 'vocab_size' appears twice in line");
    }

    @Test
    void aTensorOfAnotherTypeIsNamed() {
        change("bert.encoder.layer.0.output.dense.weight", ScalarType.Int, "bert.encoder.layer.0.output.dense.weight");
        refused("model.safetensors", "tensor 'bert.encoder.layer.0.output.dense.weight' has the type I32");
    }

    /** A buffer has a name of its own, and the names of all weights are no help. */
    @Test
    void ofManyNamesTheNearestAreTold() {
        change("bert.encoder.layer.0.output.dense.weight", ScalarType.Float, "bert.encoder.rotary_freqs");
        InputException e = catchThrowableOfType(InputException.class, () -> BaseModel.open(folder.toString()));
        assertThat(e.getMessage())
                .contains("'encoder.rotary_freqs'; the nearest of ", " known: ", "a buffer of another program's")
                .hasSizeLessThan(500);
    }

    @Test
    void theTypesThatOlderFilesKeepAreLeftOut() {
        try (PointerScope scope = new PointerScope()) {
            Path file = folder.resolve("model.safetensors");
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            try (Weights weights = Safetensors.read(file)) {
                tensors.putAll(weights.asMap());
                tensors.put("bert.embeddings.token_type_ids", Tensor.create(new long[8], 1, 8));
                Safetensors.write(file, tensors, Map.of());
            }
            BaseModel.open(folder.toString()).close();
        }
    }

    private void change(String name, ScalarType type, String other) {
        Engine.start();
        Path file = folder.resolve("model.safetensors");
        try (PointerScope scope = new PointerScope();
                Weights weights = Safetensors.read(file)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(weights.asMap());
            Tensor changed = tensors.get(name).to(type);
            if (other.equals(name)) {
                tensors.remove(name);
            }
            tensors.put(other, changed);
            Safetensors.write(file, tensors, Map.of());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"ids\":[2] | \"ids\":[77] | its post_processor adds the id 77, but its vocabulary ends at 21",
                "\"ids\":[2] | \"ids\":[2147483647] | its post_processor adds the id 2147483647, but",
                "{\"id\":2,\"content\" | {\"id\":77,\"content\" | the tokenizer has 78 tokens, but",
                "{\"id\":2,\"content\" | {\"id\":3000000000,\"content\" | is not a token id",
                "\"id\":\"B\",\"type_id\":1 | \"id\":\"B\",\"type_id\":2 | gives types up to 2, but embeddings.token_type",
            })
    void idsOutsideTheEmbeddingsAreRefused(String from, String to, String reason) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
        assertThatThrownBy(() -> BaseModel.open(folder.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(reason);
    }
}
