package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.runtime.Engine;

class SafetensorsTest {
    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void writesTheBytesOfTheReferenceImplementation() throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("b", Tensor.create(new float[] {1, 2}, 2));
            tensors.put("flags", Tensor.create(true, false, true));
            tensors.put("é", Tensor.create(new float[] {3}, 1, 1));
            tensors.put("ids", Tensor.create(7L));
            Path file = folder.resolve("x.safetensors");
            Safetensors.write(file, tensors, Map.of("format", "pt"));
            // Made by Python's safetensors 0.8.0 from the same tensors.
            String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                    + "\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                    + "\"é\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[16,20]},"
                    + "\"flags\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[20,23]}}";
            ByteBuffer data = ByteBuffer.allocate(23).order(ByteOrder.LITTLE_ENDIAN);
            data.putLong(7).putFloat(1).putFloat(2).putFloat(3);
            data.put((byte) 1).put((byte) 0).put((byte) 1);
            assertThat(Files.readAllBytes(file)).isEqualTo(bytes(pad(header), data.array()));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void roundTripsEveryType(DType dtype) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Tensor values = Tensor.create(new float[] {0, 1, 0, 1, 1, 1}, 2, 3).to(dtype.scalarType());
            tensors.put("matrix", values);
            tensors.put("transposed", values.t());
            tensors.put("scalar", torch.full(new long[] {}, new Scalar(1.0)).to(dtype.scalarType()));
            tensors.put("empty", torch.empty(new long[] {0, 3}, options(dtype), new MemoryFormatOptional()));
            Path file = folder.resolve("x.safetensors");
            Path again = folder.resolve("y.safetensors");
            Safetensors.write(file, tensors, Map.of("b", "2", "a", "1"));
            try (Weights read = Safetensors.read(file)) {
                assertThat(read.names()).containsExactlyInAnyOrder("matrix", "transposed", "scalar", "empty");
                read.asMap().forEach((name, tensor) -> {
                    assertThat(DType.of(tensor)).isEqualTo(dtype);
                    assertThat(tensor.shape()).isEqualTo(tensors.get(name).shape());
                    assertThat(torch.equal(tensor, tensors.get(name))).as(name).isTrue();
                });
                Safetensors.write(again, read.asMap(), Safetensors.metadata(file));
            }
            assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
            assertThat(Safetensors.metadata(again)).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
            try (Stream<Path> left = Files.list(folder)) {
                assertThat(left).as("no draft is left").containsExactlyInAnyOrder(file, again);
            }
        }
    }

    @Test
    void roundTripsWhatTakesSeveralReads() {
        try (PointerScope scope = new PointerScope()) {
            Tensor counted =
                    torch.arange(new Scalar(TensorMemory.CHUNK / 4 + 3)).to(DType.I64.scalarType());
            Path file = folder.resolve("x.safetensors");
            Safetensors.write(file, Map.of("many", counted), Map.of());
            try (Weights read = Safetensors.read(file)) {
                assertThat(torch.equal(read.get("many"), counted)).isTrue();
            }
        }
    }

    @Test
    void convertsRealNumbersOnly() {
        try (PointerScope scope = new PointerScope()) {
            Tensor half = Tensor.create(1.5f, -2f).to(DType.F16.scalarType());
            Weights weights = Weights.of(Map.of("h", half, "ids", Tensor.create(3L)));
            try (Weights converted = weights.intoFloat32()) {
                assertThatThrownBy(() -> weights.get("h")).hasMessage("these weights are closed");
                assertThat(DType.of(converted.get("h"))).isEqualTo(DType.F32);
                assertThat(converted.get("h").get(1).item_float()).isEqualTo(-2f);
                assertThat(DType.of(converted.get("ids"))).isEqualTo(DType.I64);
            }
        }
    }

    @Test
    void unreadableAndUnwritablePlacesAreSaid() throws IOException {
        Path absent = folder.resolve("absent.safetensors");
        assertThatThrownBy(() -> Safetensors.read(absent))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> Safetensors.read(folder)).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Safetensors.metadata(absent)).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Safetensors.write(folder.resolve("no/such/x"), Map.of(), Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoDraft() throws IOException {
        Path file = Files.writeString(folder.resolve("x"), "old");
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[10]));
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot write " + file + ": No space left on device");
        assertThat(file).hasContent("old");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    static Stream<Arguments> damagedFiles() {
        String good = entry("w", "F32", "[2]", "[0,8]");
        byte[] eight = new byte[8];
        return Stream.of(
                damaged("empty file", new byte[0], "no header"),
                damaged("shorter than a length", new byte[5], "no header"),
                damaged("length only", length(10), "claims 10 bytes, but only 0"),
                damaged("zero length", bytesOf(length(0), eight), "length of 0"),
                damaged("huge length", bytesOf(length(100_000_001), eight), "length of 100000001"),
                damaged("negative length", bytesOf(length(-1), eight), "length of 18446744073709551615"),
                damaged("truncated header", bytesOf(length(500), good.getBytes(StandardCharsets.UTF_8)), "but only"),
                damaged(
                        "zip archive",
                        bytesOf(new byte[] {'P', 'K', 3, 4, 0, 0, 8, 8}, eight),
                        "is a zip file; unpack it"),
                damaged("text", "version https://git-lfs.github.com/spec/v1", "run 'git lfs pull'"),
                header("garbage", "garbage!", eight, "not valid JSON"),
                header("not an object", "[1,2]", eight, "the header is not a JSON object"),
                header("cut JSON", "{\"w\":{\"dtype\"", eight, "not valid JSON"),
                header("two documents", "{} {}", eight, "after the end of its JSON"),
                header("NaN", "{\"w\":NaN}", eight, "not valid JSON"),
                header("deep nesting", "{\"w\":" + "[".repeat(5000), eight, "is not a JSON object"),
                damaged(
                        "not UTF-8",
                        bytes(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}', ' '}, eight),
                        "UTF-8"),
                header("duplicate name", "{" + good + "," + good + "}", eight, "the key 'w' appears twice"),
                header(
                        "duplicate field",
                        "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
                        eight,
                        "the key 'dtype' appears twice"),
                header(
                        "unknown field",
                        "{\"w\":{\"dtype\":\"F32\",\"strides\":[1]}}",
                        eight,
                        "unknown field 'strides'"),
                header("field missing", "{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", eight, "'w' lacks"),
                header("tensor is a number", "{\"w\":1}", eight, "'w' is not a JSON object"),
                header("metadata is text", "{\"__metadata__\":\"x\"," + good + "}", eight, "__metadata__ is not"),
                header(
                        "metadata of numbers",
                        "{\"__metadata__\":{\"a\":1}," + good + "}",
                        eight,
                        "__metadata__.a is not"),
                tensor("unknown type", entry("w", "F8_E4M3", "[8]", "[0,8]"), "type F8_E4M3"),
                tensor("type is a number", "\"w\":{\"dtype\":3}", "dtype is not a JSON string"),
                tensor("shape is text", entry("w", "F32", "\"2\"", "[0,8]"), "shape is not a JSON array"),
                tensor("shape of fractions", entry("w", "F32", "[2.0]", "[0,8]"), "shape is not a JSON integer"),
                tensor("shape of null", entry("w", "F32", "[null]", "[0,8]"), "shape is not a JSON integer"),
                tensor("negative shape", entry("w", "F32", "[-2]", "[0,8]"), "shape holds -2"),
                tensor("two negatives", entry("w", "F32", "[-2,-1]", "[0,8]"), "shape holds -2"),
                tensor(
                        "beyond long",
                        entry("w", "F32", "[36893488147419103232]", "[0,8]"),
                        "holds 36893488147419103232"),
                tensor("product overflows", entry("w", "F32", "[4294967296,4294967296]", "[0,8]"), "any file can hold"),
                tensor(
                        "overflow hidden by 0",
                        entry("w", "F32", "[0,9223372036854775807]", "[0,0]"),
                        "any file can hold"),
                tensor("shape too big", entry("w", "F32", "[3]", "[0,8]"), "takes 12 bytes, but its offsets span 8"),
                tensor("shape too small", entry("w", "F32", "[1]", "[0,8]"), "takes 4 bytes, but its offsets span 8"),
                tensor("wrong type", entry("w", "F64", "[2]", "[0,8]"), "takes 16 bytes"),
                tensor("three offsets", entry("w", "F32", "[2]", "[0,4,8]"), "not a begin and an end"),
                tensor("no offsets", entry("w", "F32", "[2]", "[]"), "not a begin and an end"),
                tensor("backward", entry("w", "F32", "[2]", "[8,0]"), "not a begin and an end"),
                tensor("negative offset", entry("w", "F32", "[2]", "[-8,0]"), "data_offsets holds -8"),
                tensor("begins late", entry("w", "F32", "[1]", "[4,8]"), "a gap"),
                tensor("ends early", entry("w", "F32", "[1]", "[0,4]"), "fill 4 bytes, but 8 follow"),
                tensor("beyond the file", entry("w", "F32", "[4]", "[0,16]"), "holds only 8"),
                tensor("far beyond", entry("w", "U8", "[9223372036854775807]", "[0,9223372036854775807]"), "only 8"),
                tensor(
                        "overlap",
                        entry("v", "F32", "[2]", "[0,8]") + "," + entry("w", "F32", "[1]", "[4,8]"),
                        "'w' starts at byte 4 of the data, but the one before it ends at 8 (they overlap)"),
                tensor(
                        "the same place twice",
                        entry("v", "F32", "[2]", "[0,8]") + "," + entry("w", "F32", "[2]", "[0,8]"),
                        "overlap"),
                tensor("gap", entry("v", "U8", "[2]", "[0,2]") + "," + entry("w", "F32", "[1]", "[4,8]"), "a gap"),
                header("data cut off", "{" + good + "}", new byte[7], "holds only 7"),
                header("data too long", "{" + good + "}", new byte[9], "fill 8 bytes, but 9 follow"),
                header("no tensors but data", "{}", eight, "fill 0 bytes, but 8 follow"),
                header("booleans of 2", "{" + entry("w", "BOOL", "[2]", "[0,2]") + "}", new byte[] {1, 2}, "byte 2"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damagedFiles")
    void refusesDamagedFilesInOneLine(String what, byte[] content, String reason) throws IOException {
        Path file = Files.write(folder.resolve("broken.safetensors"), content);
        assertThatThrownBy(() -> Safetensors.read(file))
                .as(what)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("broken.safetensors")
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aHeaderOfAnyLengthIsNoPickle() {
        // The length's own bytes begin the file; 640 is 80 02, as a pickle begins.
        Path file = folder.resolve("model.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> one = Map.of("one", Tensor.create(1f));
            for (int length = 0; length < 1600; length += 8) {
                Safetensors.write(file, one, Map.of("note", "x".repeat(length)));
                try (Weights read = Safetensors.read(file)) {
                    assertThat(read.get("one").item_float()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = bytes(pad("{" + entry("w", "F32", "[2]", "[0,8]") + "}"), new byte[8]);
        Path file = folder.resolve("cut.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(InputException.class);
        }
        Files.write(file, whole);
        try (Weights weights = Safetensors.read(file)) {
            assertThat(weights.names()).containsExactly("w");
        }
    }

    private static Arguments tensor(String what, String entries, String reason) {
        return header(what, "{" + entries + "}", new byte[8], reason);
    }

    private static Arguments header(String what, String json, byte[] data, String reason) {
        return damaged(what, bytes(pad(json), data), reason);
    }

    private static Arguments damaged(String what, String content, String reason) {
        return damaged(what, content.getBytes(StandardCharsets.UTF_8), reason);
    }

    private static Arguments damaged(String what, byte[] content, String reason) {
        return Arguments.of(what, content, reason);
    }

    private static String entry(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                + "}";
    }

    private static byte[] pad(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        byte[] padded = java.util.Arrays.copyOf(bytes, (bytes.length + 7) / 8 * 8);
        java.util.Arrays.fill(padded, bytes.length, padded.length, (byte) ' ');
        return padded;
    }

    private static byte[] bytes(byte[] header, byte[] data) {
        return bytesOf(length(header.length), header, data);
    }

    private static byte[] length(long length) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
    }

    private static byte[] bytesOf(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Stream.of(parts).mapToInt(part -> part.length).sum());
        Stream.of(parts).forEach(all::put);
        return all.array();
    }

    private static TensorOptions options(DType dtype) {
        return new TensorOptions(dtype.scalarType());
    }
}
