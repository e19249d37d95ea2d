package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.tensor.Weights;

class OnnxWeightsTest {
    private static final byte[] BIAS = tensor("layer.0.bias", 1, floats(1, 2), 2);
    private static final byte[] WEIGHT = tensor("onnx::MatMul_7", 1, floats(1, 2, 3, 4, 5, 6), 3, 2);
    private static final byte[] NODE = node("/layer.0/MatMul", "MatMul", "x", "onnx::MatMul_7");
    private static final byte[] GOOD = model(initializer(BIAS), initializer(WEIGHT), NODE);

    @Test
    void namesAndTransposesLinearWeights() throws IOException {
        byte[] file = model(
                initializer(tensor("position_ids", 7, new byte[16], 2)),
                initializer(WEIGHT),
                initializer(BIAS),
                node("/layer.0/MatMul", "MatMul", "x", "onnx::MatMul_7"),
                node("/layer.0/MatMul_1", "MatMul", "x", "y"),
                node("/layer.0/Add", "Add", "x", "layer.0.bias"));
        try (Weights weights = read(file)) {
            assertThat(weights.names()).containsExactlyInAnyOrder("layer.0.weight", "layer.0.bias");
            assertThat(weights.get("layer.0.weight").shape()).containsExactly(2, 3);
            float[] values = new float[6];
            weights.get("layer.0.weight").data_ptr_float().get(values);
            assertThat(values).containsExactly(1, 3, 5, 2, 4, 6);
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (int length = 0; length < GOOD.length; length++) {
            byte[] cut = Arrays.copyOf(GOOD, length);
            assertThatThrownBy(() -> read(cut)).as("cut at " + length).isInstanceOf(InputException.class);
        }
    }

    static Stream<Arguments> wrongFiles() {
        return Stream.of(
                Arguments.of(
                        "text", "not a model at all".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "damaged"),
                Arguments.of("no weights", model(NODE), "no weights"),
                Arguments.of(
                        "left over", model(initializer(BIAS), initializer(WEIGHT)), "no layer uses onnx::MatMul_7"),
                Arguments.of("half", model(initializer(tensor("h", 10, new byte[4], 2))), "'h' has the ONNX type 10"),
                Arguments.of("int8", model(initializer(tensor("q", 3, new byte[2], 2))), "type 3"),
                Arguments.of("quantised", model(node("q", "MatMulInteger", "a", "b")), "quantized"),
                Arguments.of("short", model(initializer(tensor("s", 1, floats(1), 2))), "has 4 bytes of values"),
                Arguments.of("odd", model(initializer(tensor("s", 1, new byte[5], 1))), "has 5 bytes of values"),
                Arguments.of("negative", model(initializer(tensor("s", 1, floats(1, 2), -1, -2))), "[-1, -2]"),
                Arguments.of(
                        "overflow",
                        model(initializer(tensor("s", 1, new byte[0], 1L << 40, 1L << 40))),
                        "0 bytes of values"),
                Arguments.of("twice", model(initializer(BIAS), initializer(BIAS)), "appears twice"),
                Arguments.of(
                        "weight first",
                        model(initializer(WEIGHT), node("/l/MatMul", "MatMul", "onnx::MatMul_7", "x")),
                        "not a linear layer"),
                Arguments.of(
                        "same name",
                        model(
                                initializer(WEIGHT),
                                initializer(tensor("onnx::MatMul_8", 1, floats(1), 1, 1)),
                                NODE,
                                node("/layer.0/MatMul_2", "MatMul", "x", "onnx::MatMul_8")),
                        "two tensors have the name layer.0.weight"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongFiles")
    void refusesWhatItDoesNotUnderstand(String what, byte[] file, String reason) {
        assertThatThrownBy(() -> read(file))
                .as(what)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("test.onnx")
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    private static Weights read(byte[] file) throws IOException {
        return OnnxWeights.read(new ByteArrayInputStream(file), "test.onnx");
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] model(byte[]... graphFields) {
        return message(out -> {
            out.writeInt64(1, 6);
            out.writeByteArray(7, message(graph -> {
                for (byte[] field : graphFields) {
                    graph.writeRawBytes(field);
                }
            }));
        });
    }

    private static byte[] initializer(byte[] tensor) {
        return message(out -> out.writeByteArray(5, tensor));
    }

    private static byte[] tensor(String name, int type, byte[] raw, long... dims) {
        return message(out -> {
            for (long dim : dims) {
                out.writeInt64(1, dim);
            }
            out.writeInt32(2, type);
            out.writeString(8, name);
            out.writeByteArray(9, raw);
        });
    }

    private static byte[] node(String name, String type, String... inputs) {
        return message(out -> out.writeByteArray(1, message(node -> {
            for (String input : inputs) {
                node.writeString(1, input);
            }
            node.writeString(3, name);
            node.writeString(4, type);
        })));
    }

    /** Writes fields. */
    @FunctionalInterface
    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }
}
