package org.unipelt.interop;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.TensorMemory;

/**
 * An ONNX model while it is built: inputs, constants, nodes, outputs. It knows ONNX and no network. The numbers of
 * fields are those of <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 *
 * <p>Two nodes that compute the same are one node.
 */
final class OnnxGraph {
    /** The set of operators: the first with {@code LayerNormalization}, which ONNX Runtime 1.12 and later know. */
    private static final int OPERATORS = 17;
    /** The version of the file format that belongs to it. */
    private static final int IR_VERSION = 8;
    /** What a protobuf message may hold. */
    private static final long LARGEST = Integer.MAX_VALUE;

    private static final int MODEL_IR_VERSION = 1;
    private static final int MODEL_PRODUCER = 2;
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPERATORS = 8;
    private static final int MODEL_METADATA = 14;
    private static final int OPERATORS_VERSION = 2;
    private static final int ENTRY_KEY = 1;
    private static final int ENTRY_VALUE = 2;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_NAME = 2;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int GRAPH_INPUT = 11;
    private static final int GRAPH_OUTPUT = 12;
    private static final int NODE_INPUT = 1;
    private static final int NODE_OUTPUT = 2;
    private static final int NODE_NAME = 3;
    private static final int NODE_OP_TYPE = 4;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_NAME = 1;
    private static final int ATTRIBUTE_FLOAT = 2;
    private static final int ATTRIBUTE_INT = 3;
    private static final int ATTRIBUTE_STRING = 4;
    private static final int ATTRIBUTE_INTS = 8;
    private static final int ATTRIBUTE_TYPE = 20;
    private static final int TYPE_FLOAT = 1;
    private static final int TYPE_INT = 2;
    private static final int TYPE_STRING = 3;
    private static final int TYPE_INTS = 7;
    private static final int VALUE_NAME = 1;
    private static final int VALUE_TYPE = 2;
    private static final int TYPE_TENSOR = 1;
    private static final int TENSOR_ELEMENT = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int SHAPE_DIM = 1;
    private static final int DIM_VALUE = 1;
    private static final int DIM_NAME = 2;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;

    /** The type of a tensor's elements. */
    enum Element {
        /** 32 bits. */
        FLOAT(1),
        /** 64 bits. */
        INT64(7);

        private final int number;

        Element(int number) {
            this.number = number;
        }
    }

    /** A tensor of the graph, by its name. */
    record Value(String name) {}

    /** An operator's use; attributes are {@code Long}, {@code Double}, {@code String} or a list of {@code Long}. */
    private record Node(String operator, List<Value> inputs, Map<String, Object> attributes) {}

    /** An input or output; the name of a dimension, or its size. */
    private record Described(String name, Element element, List<String> shape) {}

    private final List<Described> inputs = new ArrayList<>();
    private final List<Described> outputs = new ArrayList<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Map<Node, Value> nodes = new LinkedHashMap<>();
    /** The results that have a name of their own: outputs. */
    private final Map<Value, String> named = new LinkedHashMap<>();

    /**
     * Adds an input.
     *
     * @param shape a name for each dimension of any size
     */
    Value input(String name, Element element, String... shape) {
        inputs.add(new Described(name, element, List.of(shape)));
        return new Value(name);
    }

    /** Whether it has an input of that name. */
    boolean hasInput(String name) {
        return inputs.stream().anyMatch(each -> each.name().equals(name));
    }

    /**
     * Makes a node's result an output.
     *
     * @param shape a name or a size for each dimension
     */
    void output(String name, Value value, Element element, String... shape) {
        outputs.add(new Described(name, element, List.of(shape)));
        named.put(value, name);
    }

    /**
     * A constant tensor, of any floating type or of 64-bit integers. Floats are written in 32 bits. It must stay alive
     * until {@link #write}; it may be a view.
     *
     * @throws IllegalArgumentException if another tensor has the name
     */
    Value constant(String name, Tensor values) {
        Tensor known = constants.putIfAbsent(name, values);
        if (known != null && !Arrays.equals(known.shape(), values.shape())) {
            throw new IllegalArgumentException("two constants have the name " + name);
        }
        return new Value(name);
    }

    /** A constant {@code [values]} of 64-bit integers. */
    Value longs(long... values) {
        return constant("longs" + Arrays.toString(values), Tensor.create(values, values.length));
    }

    /** A 64-bit integer without dimensions. */
    Value scalar(long value) {
        return constant("long " + value, Tensor.create(new long[] {value}, new long[0]));
    }

    /** A float without dimensions. */
    Value scalar(double value) {
        return constant("float " + (float) value, Tensor.create(new float[] {(float) value}, new long[0]));
    }

    /** The result of an operator without attributes. */
    Value node(String operator, Value... inputs) {
        return node(operator, Map.of(), inputs);
    }

    /**
     * The first result of an operator.
     *
     * @param attributes by name: {@code Long}, {@code Double}, {@code String} or a list of {@code Long}
     */
    Value node(String operator, Map<String, Object> attributes, Value... inputs) {
        Node node = new Node(operator, List.of(inputs), attributes);
        return nodes.computeIfAbsent(node, key -> new Value(operator + "_" + nodes.size()));
    }

    /**
     * Writes the model.
     *
     * @param metadata what the file says about itself
     * @throws InputException if the constants have more than 2 GiB
     * @throws IOException if the stream fails
     */
    void write(OutputStream stream, Map<String, String> metadata) throws IOException {
        List<byte[]> before = new ArrayList<>();
        nodes.forEach((node, value) -> before.add(field(GRAPH_NODE, bytes(node, value))));
        before.add(field(GRAPH_NAME, utf8("unipelt")));
        inputs.forEach(each -> before.add(field(GRAPH_INPUT, bytes(each))));
        outputs.forEach(each -> before.add(field(GRAPH_OUTPUT, bytes(each))));
        long size = before.stream().mapToLong(each -> each.length).sum();
        Map<String, byte[]> heads = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> constant : constants.entrySet()) {
            byte[] head = head(constant.getKey(), constant.getValue());
            heads.put(constant.getKey(), head);
            size += head.length + dataSize(constant.getValue());
        }
        if (size > LARGEST - (1 << 20)) {
            throw new InputException("the model has " + size / (1 << 20)
                    + " MiB of weights, and an ONNX file holds at most 2047; export it in another format");
        }
        CodedOutputStream out = CodedOutputStream.newInstance(stream);
        out.writeInt64(MODEL_IR_VERSION, IR_VERSION);
        out.writeString(MODEL_PRODUCER, "unipelt");
        out.writeByteArray(MODEL_OPERATORS, message(it -> it.writeInt64(OPERATORS_VERSION, OPERATORS)));
        for (Map.Entry<String, String> each : metadata.entrySet()) {
            out.writeByteArray(MODEL_METADATA, message(it -> {
                it.writeString(ENTRY_KEY, each.getKey());
                it.writeString(ENTRY_VALUE, each.getValue());
            }));
        }
        out.writeTag(MODEL_GRAPH, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag((int) size);
        for (byte[] each : before) {
            out.writeRawBytes(each);
        }
        for (Map.Entry<String, Tensor> constant : constants.entrySet()) {
            out.writeRawBytes(heads.get(constant.getKey()));
            writeData(out, constant.getValue());
        }
        out.flush();
    }

    private byte[] bytes(Node node, Value value) {
        return message(it -> {
            for (Value input : node.inputs()) {
                it.writeString(NODE_INPUT, nameOf(input));
            }
            it.writeString(NODE_OUTPUT, nameOf(value));
            it.writeString(NODE_NAME, value.name());
            it.writeString(NODE_OP_TYPE, node.operator());
            for (Map.Entry<String, Object> attribute : node.attributes().entrySet()) {
                it.writeByteArray(NODE_ATTRIBUTE, bytes(attribute.getKey(), attribute.getValue()));
            }
        });
    }

    private static byte[] bytes(String name, Object attribute) {
        return message(it -> {
            it.writeString(ATTRIBUTE_NAME, name);
            if (attribute instanceof Long number) {
                it.writeInt64(ATTRIBUTE_INT, number);
                it.writeInt32(ATTRIBUTE_TYPE, TYPE_INT);
            } else if (attribute instanceof Double number) {
                it.writeFloat(ATTRIBUTE_FLOAT, number.floatValue());
                it.writeInt32(ATTRIBUTE_TYPE, TYPE_FLOAT);
            } else if (attribute instanceof String text) {
                it.writeString(ATTRIBUTE_STRING, text);
                it.writeInt32(ATTRIBUTE_TYPE, TYPE_STRING);
            } else {
                for (Object number : (List<?>) attribute) {
                    it.writeInt64(ATTRIBUTE_INTS, (Long) number);
                }
                it.writeInt32(ATTRIBUTE_TYPE, TYPE_INTS);
            }
        });
    }

    private static byte[] bytes(Described each) {
        byte[] shape = message(it -> {
            for (String dim : each.shape()) {
                it.writeByteArray(SHAPE_DIM, message(size -> {
                    if (Character.isDigit(dim.charAt(0))) {
                        size.writeInt64(DIM_VALUE, Long.parseLong(dim));
                    } else {
                        size.writeString(DIM_NAME, dim);
                    }
                }));
            }
        });
        byte[] tensor = message(it -> {
            it.writeInt32(TENSOR_ELEMENT, each.element().number);
            it.writeByteArray(TENSOR_SHAPE, shape);
        });
        return message(it -> {
            it.writeString(VALUE_NAME, each.name());
            it.writeByteArray(VALUE_TYPE, message(type -> type.writeByteArray(TYPE_TENSOR, tensor)));
        });
    }

    private String nameOf(Value value) {
        return named.getOrDefault(value, value.name());
    }

    /** All of a constant's field before its values. */
    private static byte[] head(String name, Tensor values) {
        byte[] described = message(it -> {
            for (long dim : values.shape()) {
                it.writeInt64(TENSOR_DIMS, dim);
            }
            it.writeInt32(TENSOR_DATA_TYPE, element(values).number);
            it.writeString(TENSOR_NAME, name);
            it.writeTag(TENSOR_RAW_DATA, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            it.writeUInt64NoTag(dataSize(values));
        });
        return message(it -> {
            it.writeTag(GRAPH_INITIALIZER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            it.writeUInt64NoTag(described.length + dataSize(values));
            it.writeRawBytes(described);
        });
    }

    private static Element element(Tensor values) {
        return DType.of(values).isFloating() ? Element.FLOAT : Element.INT64;
    }

    private static long dataSize(Tensor values) {
        return values.numel() * (element(values) == Element.FLOAT ? Float.BYTES : Long.BYTES);
    }

    private static void writeData(CodedOutputStream out, Tensor values) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Tensor written = values.cpu()
                    .to(element(values) == Element.FLOAT ? ScalarType.Float : ScalarType.Long)
                    .contiguous();
            long at = 0;
            while (at < written.nbytes()) {
                ByteBuffer piece = TensorMemory.bytes(written, at);
                at += piece.remaining();
                out.writeRawBytes(piece);
            }
        }
    }

    private static byte[] field(int number, byte... content) {
        return message(it -> it.writeByteArray(number, content));
    }

    private static byte[] utf8(String text) {
        return ByteString.copyFromUtf8(text).toByteArray();
    }

    /** Writes fields of a message. */
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
