package org.unipelt.hub;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.TensorMemory;
import org.unipelt.tensor.Weights;

/**
 * Reads the float32 weights of an ONNX file that PyTorch exported from a Hugging Face model, under their original
 * names.
 *
 * <p>Embeddings, norms and biases keep their names in the export. A linear layer's weight loses it: it becomes an
 * anonymous {@code onnx::MatMul_787}, transposed to {@code [in, out]}. Only the name of the node that multiplies by it,
 * {@code /encoder/layer.0/attention/self/query/MatMul}, shows where it belongs.
 *
 * <p>The file is read as a stream, value by value into the tensors' memory. Only the fields below are read; the numbers
 * are those of <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
final class OnnxWeights {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_NAME = 3;
    private static final int NODE_OP_TYPE = 4;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    /** The number of bytes read from the stream at once. */
    private static final int PIECE = 1 << 16;

    private final CodedInputStream in;
    private final String origin;
    /** The stored float32 tensors by their names in the file. */
    private final Map<String, Tensor> stored = new LinkedHashMap<>();

    private final List<Node> products = new ArrayList<>();

    /** A matrix product of the graph. */
    private record Node(String name, List<String> inputs) {
        /** Returns the name of the weight, from which the exporter made the node's name. */
        String weight() {
            return name.replaceFirst("^/", "")
                            .replaceFirst("/MatMul(_\\d+)?$", "")
                            .replace('/', '.') + ".weight";
        }
    }

    private OnnxWeights(CodedInputStream in, String origin) {
        this.in = in;
        this.origin = origin;
    }

    /**
     * Reads all weights; the caller owns the result.
     *
     * @param origin the stream's name for messages
     * @throws InputException if this is not such a file, is quantized, or has tensors that no layer uses
     * @throws IOException if the stream fails
     */
    static Weights read(InputStream stream, String origin) throws IOException {
        Engine.start();
        OnnxWeights reader = new OnnxWeights(CodedInputStream.newInstance(stream, PIECE), origin);
        try (PointerScope scope = new PointerScope()) {
            reader.readModel();
            return Weights.of(reader.named());
        } catch (InvalidProtocolBufferException e) {
            throw new InputException(origin + " is not an ONNX file or is damaged; download it again", e);
        }
    }

    private void readModel() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == delimited(MODEL_GRAPH)) {
                message(this::readGraphField);
            } else {
                in.skipField(tag);
            }
        }
        if (stored.isEmpty()) {
            throw new InputException(origin + " holds no weights; use an exported model");
        }
    }

    private void readGraphField(int tag) throws IOException {
        if (tag == delimited(GRAPH_NODE)) {
            readNode();
        } else if (tag == delimited(GRAPH_INITIALIZER)) {
            readInitializer();
        } else {
            in.skipField(tag);
        }
    }

    private void readNode() throws IOException {
        List<String> inputs = new ArrayList<>();
        String[] nameAndType = {"", ""};
        message(tag -> {
            if (tag == delimited(NODE_INPUT)) {
                inputs.add(in.readStringRequireUtf8());
            } else if (tag == delimited(NODE_NAME)) {
                nameAndType[0] = in.readStringRequireUtf8();
            } else if (tag == delimited(NODE_OP_TYPE)) {
                nameAndType[1] = in.readStringRequireUtf8();
            } else {
                in.skipField(tag);
            }
        });
        switch (nameAndType[1]) {
            case "MatMul" -> products.add(new Node(nameAndType[0], inputs));
            case "MatMulInteger", "DynamicQuantizeLinear", "QLinearMatMul" ->
                throw new InputException(origin + " is quantized, so its float32 weights are lost; use the full model");
            default -> {}
        }
    }

    /** A tensor while it is read; its fields may come in any order. */
    private static final class Draft {
        private final List<Long> dims = new ArrayList<>();
        private int dataType;
        private int size;
        private String name = "";
        private Optional<Tensor> values = Optional.empty();
    }

    private void readInitializer() throws IOException {
        Draft draft = new Draft();
        message(tag -> {
            if (tag == delimited(TENSOR_DIMS)) {
                int limit = in.pushLimit(in.readRawVarint32());
                while (!in.isAtEnd()) {
                    draft.dims.add(in.readInt64());
                }
                in.popLimit(limit);
            } else if (tag == varint(TENSOR_DIMS)) {
                draft.dims.add(in.readInt64());
            } else if (tag == varint(TENSOR_DATA_TYPE)) {
                draft.dataType = in.readInt32();
            } else if (tag == delimited(TENSOR_NAME)) {
                draft.name = in.readStringRequireUtf8();
            } else if (tag == delimited(TENSOR_RAW_DATA)) {
                draft.size = in.readRawVarint32();
                draft.values = Optional.of(readFloats(draft.size));
            } else {
                in.skipField(tag);
            }
        });
        if (draft.dataType != FLOAT && draft.dataType != INT64) {
            throw new InputException(origin + ": tensor '" + draft.name + "' has the ONNX type " + draft.dataType
                    + "; only float32 models are supported, not quantized or half-precision ones");
        }
        if (draft.dataType == FLOAT && stored.put(draft.name, shaped(draft)) != null) {
            throw new InputException(origin + ": tensor '" + draft.name + "' appears twice; download the file again");
        }
    }

    /** Reads {@code size} bytes as float32, {@code [size / 4]}; the caller drops the result for other types. */
    private Tensor readFloats(int size) throws IOException {
        int left = in.getBytesUntilLimit();
        if (size < 0 || (left >= 0 && size > left)) {
            throw new InputException(origin + ": a tensor claims " + size + " bytes, " + left + " are left");
        }
        Tensor values = torch.empty(
                new long[] {(size + 3L) / 4}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        int done = 0;
        while (done < size) {
            byte[] piece = in.readRawBytes(Math.min(PIECE, size - done));
            TensorMemory.bytes(values, done).put(piece);
            done += piece.length;
        }
        return values;
    }

    private Tensor shaped(Draft draft) {
        long bytes = Float.BYTES;
        try {
            for (long dim : draft.dims) {
                bytes = Math.multiplyExact(bytes, dim);
            }
        } catch (ArithmeticException e) {
            bytes = -1;
        }
        if (draft.values.isEmpty() || bytes != draft.size || draft.dims.stream().anyMatch(dim -> dim < 0)) {
            throw new InputException(origin + ": tensor '" + draft.name + "' of shape " + draft.dims + " has "
                    + draft.size + " bytes of values; download the file again");
        }
        return draft.values
                .get()
                .reshape(draft.dims.stream().mapToLong(Long::longValue).toArray());
    }

    /** Returns every float32 tensor under its Hugging Face name. */
    private Map<String, Tensor> named() {
        Map<String, Tensor> named = new LinkedHashMap<>();
        Map<String, Tensor> anonymous = new LinkedHashMap<>();
        stored.forEach((name, values) -> (name.contains("::") ? anonymous : named).put(name, values));
        List<String> used = new ArrayList<>();
        for (Node node : products) {
            List<String> constants =
                    node.inputs().stream().filter(anonymous::containsKey).toList();
            // Two computed inputs: attention scores, or attention times values.
            if (constants.isEmpty()) {
                continue;
            }
            Tensor weight = Objects.requireNonNull(anonymous.get(constants.get(0)));
            if (node.inputs().size() != 2
                    || !constants.get(0).equals(node.inputs().get(1))
                    || weight.dim() != 2) {
                throw new InputException(origin + ": node '" + node.name()
                        + "' is not a linear layer as PyTorch exports" + " it; only such files are supported");
            }
            if (named.put(node.weight(), weight.t().contiguous()) != null) {
                throw new InputException(origin + ": two tensors have the name " + node.weight());
            }
            used.addAll(constants);
        }
        anonymous.keySet().removeAll(used);
        if (!anonymous.isEmpty()) {
            throw new InputException(origin + ": no layer uses " + String.join(", ", anonymous.keySet())
                    + ", so this is not a supported kind of model");
        }
        return named;
    }

    /** Reads one field of a message. */
    @FunctionalInterface
    private interface Field {
        void read(int tag) throws IOException;
    }

    private void message(Field field) throws IOException {
        int limit = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            field.read(tag);
        }
        // The parser accepts a stream that ends between two fields.
        if (in.getBytesUntilLimit() != 0) {
            throw new InputException(origin + " is a damaged ONNX file: it ends too early; download it again");
        }
        in.popLimit(limit);
    }

    private static int delimited(int field) {
        return field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    private static int varint(int field) {
        return field << 3 | WireFormat.WIRETYPE_VARINT;
    }
}
