package org.unipelt.hub;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A way for tests of this module to what reads the embedded models. */
public final class OnnxFile {
    private OnnxFile() {}

    /** Writes fields. */
    @FunctionalInterface
    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    /** A model of one linear layer with a bias. */
    public static byte[] one() throws IOException {
        byte[] node = message(out -> {
            out.writeString(1, "x");
            out.writeString(1, "onnx::MatMul_7");
            out.writeString(3, "/layer.0/MatMul");
            out.writeString(4, "MatMul");
        });
        byte[] graph = message(out -> {
            out.writeByteArray(5, tensor("layer.0.bias", 2));
            out.writeByteArray(5, tensor("onnx::MatMul_7", 3, 2));
            out.writeByteArray(1, node);
        });
        return message(out -> out.writeByteArray(7, graph));
    }

    private static byte[] tensor(String name, int... dims) throws IOException {
        return message(out -> {
            int count = 1;
            for (int dim : dims) {
                out.writeInt64(1, dim);
                count *= dim;
            }
            out.writeInt32(2, 1);
            out.writeString(8, name);
            out.writeByteArray(9, new byte[4 * count]);
        });
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }

    /** Reads a file as an embedded model is read. */
    public static void read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            OnnxWeights.read(in, file.toString()).close();
        }
    }
}
