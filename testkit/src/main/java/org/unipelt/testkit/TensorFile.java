package org.unipelt.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Reads and writes safetensors files of 32-bit floats: 8 bytes for the header's length, a JSON header, the numbers. */
public final class TensorFile {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String METADATA = "__metadata__";

    private TensorFile() {}

    /** Writes tensors in the map's order. */
    public static void write(Path file, Map<String, Numbers> tensors, Map<String, String> metadata) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            header.set(METADATA, JSON.valueToTree(metadata));
        }
        int size = 0;
        for (Map.Entry<String, Numbers> tensor : tensors.entrySet()) {
            ObjectNode entry = header.putObject(tensor.getKey());
            entry.put("dtype", "F32");
            entry.set("shape", JSON.valueToTree(tensor.getValue().shape()));
            int end = size + Float.BYTES * tensor.getValue().values().length;
            entry.putArray("data_offsets").add(size).add(end);
            size = end;
        }
        // Blanks pad the header to a multiple of 8, as in files by the format's own writer.
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        int length = (text.length + 7) / 8 * 8;
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length + size).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(text).put(" ".repeat(length - text.length).getBytes(StandardCharsets.UTF_8));
        for (Numbers tensor : tensors.values()) {
            bytes.asFloatBuffer().put(tensor.values());
            bytes.position(bytes.position() + Float.BYTES * tensor.values().length);
        }
        Files.write(file, bytes.array());
    }

    /** Rewrites a file with changed tensors and the same metadata. Unchanged tensors keep their order. */
    public static void change(Path file, Consumer<Map<String, Numbers>> change) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(bytes.getLong());
        JsonNode header = JSON.readTree(bytes.array(), Long.BYTES, length);
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Numbers> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (entry.getKey().equals(METADATA)) {
                entry.getValue()
                        .properties()
                        .forEach(pair ->
                                metadata.put(pair.getKey(), pair.getValue().asText()));
            } else {
                tensors.put(entry.getKey(), numbers(bytes, Long.BYTES + length, entry.getValue()));
            }
        }
        change.accept(tensors);
        write(file, tensors, metadata);
    }

    private static Numbers numbers(ByteBuffer bytes, int start, JsonNode entry) throws IOException {
        if (!entry.path("dtype").asText().equals("F32")) {
            throw new IOException("only 32-bit floats are read here, not " + entry.path("dtype"));
        }
        Numbers numbers = Numbers.zeros(JSON.treeToValue(entry.path("shape"), long[].class));
        bytes.position(start + entry.at("/data_offsets/0").asInt());
        bytes.asFloatBuffer().get(numbers.values());
        return numbers;
    }
}
