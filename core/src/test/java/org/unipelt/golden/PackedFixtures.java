package org.unipelt.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.unipelt.Repository;

/** The fixtures that stand in the repository, one zip for each family; tools/parity_fixture.py wrote them and says how. */
public final class PackedFixtures {
    private static final int WORD = 4;
    private static final List<String> FILES = List.of("model", "inputs", "expected");

    private PackedFixtures() {}

    /** The zips. */
    public static List<Path> families() throws IOException {
        try (var files = Files.list(Repository.root().resolve("core/src/test/resources/org/unipelt/golden"))) {
            return files.filter(file -> file.toString().endsWith(".zip"))
                    .sorted()
                    .toList();
        }
    }

    /** Writes the files of every family below a folder, {@code FAMILY/METHOD/FILE}, as they were before they were packed. */
    public static void unpack(Path to) throws IOException {
        for (Path zip : families()) {
            unpack(zip, to.resolve(zip.getFileName().toString().replace(".zip", "")));
        }
    }

    private static void unpack(Path zip, Path to) throws IOException {
        JsonNode index;
        byte[] words;
        try (ZipFile entries = new ZipFile(zip.toFile())) {
            index = new ObjectMapper().readTree(entries.getInputStream(entries.getEntry("index.json")));
            words = words(entries.getInputStream(entries.getEntry("words")).readAllBytes());
        }
        List<ByteBuffer> tensors = new ArrayList<>();
        int begin = 0;
        for (JsonNode size : index.get("sizes")) {
            tensors.add(ByteBuffer.wrap(words, begin, size.intValue()));
            begin += size.intValue();
        }
        for (Map.Entry<String, JsonNode> method : index.get("methods").properties()) {
            Path folder = Files.createDirectories(to.resolve(method.getKey()));
            Files.writeString(
                    folder.resolve("meta.json"), method.getValue().get("meta").textValue());
            for (String file : FILES) {
                write(folder.resolve(file + ".safetensors"), method.getValue().get(file), tensors);
            }
        }
    }

    /** Words in a row, of which the first bytes stood first, then the second ones, and so on. */
    private static byte[] words(byte[] planes) {
        int count = planes.length / WORD;
        byte[] words = new byte[planes.length];
        for (int i = 0; i < planes.length; i++) {
            words[i % count * WORD + i / count] = planes[i];
        }
        return words;
    }

    private static void write(Path file, JsonNode entry, List<ByteBuffer> tensors) throws IOException {
        byte[] header = entry.get("header").textValue().getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (JsonNode number : entry.get("tensors")) {
                ByteBuffer tensor = tensors.get(number.intValue());
                out.write(tensor.array(), tensor.arrayOffset() + tensor.position(), tensor.remaining());
            }
        }
    }
}
